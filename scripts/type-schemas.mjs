/*
 * JSON schemas from TypeScript types: what the compiler says of a type becomes its schema, and its comments become
 * descriptions. So a schema cannot say something else than the code that makes the document.
 */
import { join } from "node:path";
import { API, ObjectFlags, SymbolFlags, TypeFlags } from "typescript/unstable/sync";

const DRAFT = "http://json-schema.org/draft-07/schema#";
/** Any JSON value: a recursive type that says nothing. */
const ANY = new Map([
  ["Json", {}],
  ["JsonObject", { type: "object" }],
]);

/**
 * Opens the project's types. `close()` ends the compiler's process.
 *
 * Shape: `schemaOf` gives a whole schema; named types of the code stand once, in `$defs`.
 */
export function openTypes(root) {
  const api = new API({ cwd: root });
  const [project] = api.updateSnapshot({ openProjects: [join(root, "tsconfig.json")] }).getProjects();
  const { program, checker } = project;
  return {
    close: () => api.close(),
    /** A type that a file exports. */
    typeOf(file, name) {
      const source = program.getSourceFile(join(root, file));
      if (source === undefined) throw new Error(`${file} is no part of the project`);
      const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).find((one) => one.name === name);
      if (symbol === undefined) throw new Error(`${file} exports no ${name}`);
      return checker.getDeclaredTypeOfSymbol(symbol);
    },
    membersOf: (type) => (type.flags & TypeFlags.Union ? [...type.getTypes()] : [type]),
    /** The one value of a property whose type is a literal. */
    literalOf: (type, property) => checker.getTypeOfSymbol(checker.getPropertyOfType(type, property)).value,
    schemaOf: (type, title) => wholeSchema(checker, type, title),
  };
}

function wholeSchema(checker, type, title) {
  const defs = new Map();
  const convert = converter(checker, defs);
  const body = type.flags & TypeFlags.Union ? convert.union(type) : convert.object(type);
  const sorted = [...defs.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
  return {
    $schema: DRAFT,
    title,
    ...described(checker, type.getAliasSymbol() ?? type.getSymbol()),
    ...body,
    ...(sorted.length === 0 ? {} : { $defs: Object.fromEntries(sorted.map(({ name, schema }) => [name, schema])) }),
  };
}

const described = (checker, symbol) => {
  const text = symbol === undefined ? "" : checker.getDocumentationCommentOfSymbol(symbol).trim();
  return text === "" ? {} : { description: text.replaceAll(/\s+/g, " ") };
};

function converter(checker, defs) {
  const convert = (type) => {
    const { flags } = type;
    const name = nameOf(type);
    if (ANY.has(name)) return ANY.get(name);
    if (flags & TypeFlags.Null) return { type: "null" };
    if (flags & TypeFlags.StringLiteral || flags & TypeFlags.NumberLiteral) return { const: type.value };
    if (flags & TypeFlags.Boolean) return { type: "boolean" };
    if (flags & TypeFlags.BooleanLiteral) return { const: checker.typeToString(type) === "true" };
    if (flags & (TypeFlags.String | TypeFlags.TemplateLiteral)) return { type: "string" };
    if (flags & TypeFlags.Number) return { type: "number" };
    if (flags & (TypeFlags.Any | TypeFlags.Unknown)) return {};
    if (flags & TypeFlags.Union) return name === "" ? union(type) : named(type, name, () => union(type));
    // A branded string is a string.
    if (flags & TypeFlags.Intersection && type.getTypes().some((part) => part.flags & TypeFlags.String)) {
      return { type: "string" };
    }
    if (checker.isArrayType(type)) {
      return { type: "array", items: convert(checker.getTypeArguments(type)[0]) };
    }
    if (checker.isTupleType(type)) {
      const items = checker.getTypeArguments(type).map(convert);
      return { type: "array", items, minItems: items.length, maxItems: items.length };
    }
    if (flags & (TypeFlags.Object | TypeFlags.Intersection)) {
      return name === "" ? object(type) : named(type, name, () => object(type));
    }
    throw new Error(`no schema for ${checker.typeToString(type)}`);
  };

  /** Each named type once; of two with one name the second gets a number. */
  const named = (type, name, make) => {
    if (!defs.has(type.id)) {
      const taken = [...defs.values()].filter((def) => def.name.replace(/\d+$/, "") === name).length;
      const def = { name: taken === 0 ? name : `${name}${taken + 1}`, schema: {} };
      defs.set(type.id, def);
      Object.assign(def.schema, described(checker, type.getAliasSymbol() ?? type.getSymbol()), make());
    }
    return { $ref: `#/$defs/${defs.get(type.id).name}` };
  };

  const union = (type) => {
    const parts = type.getTypes().filter((part) => !(part.flags & TypeFlags.Undefined));
    const values = parts.flatMap((part) => constantOf(checker, part));
    const rest = parts.filter((part) => constantOf(checker, part).length === 0).map(convert);
    const isBoolean = values.includes(true) && values.includes(false);
    const words = isBoolean ? values.filter((value) => typeof value !== "boolean") : values;
    const isNullable = rest.some(({ type: only }) => only === "null");
    // The compiler's own order of a union's members is no promise.
    const all = [
      ...(isBoolean ? [{ type: "boolean" }] : []),
      ...(words.length === 0 ? [] : [words.length === 1 ? { const: words[0] } : { enum: [...words].sort() }]),
      ...rest.filter(({ type: only }) => only !== "null").sort(byText),
    ];
    if (all.length === 1 && isNullable && isPlain(all[0])) return { type: [all[0].type, "null"] };
    if (isNullable) all.push({ type: "null" });
    return all.length === 1 ? all[0] : { anyOf: all };
  };

  const object = (type) => {
    const properties = {};
    const required = [];
    // The keys of a mapped type come from a union; all others have the order of the code.
    const isMapped = type.flags & TypeFlags.Object && (type.objectFlags & ObjectFlags.Mapped) !== 0;
    const symbols = [...checker.getPropertiesOfType(type)];
    for (const symbol of isMapped ? symbols.sort((left, right) => (left.name < right.name ? -1 : 1)) : symbols) {
      const isOptional = (symbol.flags & SymbolFlags.Optional) !== 0;
      const own = checker.getTypeOfSymbol(symbol);
      const schema = convert(own);
      const text = described(checker, symbol);
      properties[symbol.name] =
        "$ref" in schema && "description" in text ? { ...text, allOf: [schema] } : { ...text, ...schema };
      if (!isOptional) required.push(symbol.name);
    }
    const [index] = checker.getIndexInfosOfType(type);
    return {
      type: "object",
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
      ...(required.length === 0 ? {} : { required }),
      ...(index === undefined ? {} : { additionalProperties: convert(index.valueType) }),
    };
  };
  return { convert, union, object };
}

const byText = (left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
/** `{ type: "string" }` and the like: nothing but a basic type. */
const isPlain = (schema) => Object.keys(schema).join() === "type" && typeof schema.type === "string";

/** A type of one value: that value in a list. */
function constantOf(checker, type) {
  if (type.flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral)) return [type.value];
  if (type.flags & TypeFlags.BooleanLiteral) return [checker.typeToString(type) === "true"];
  return [];
}

/** Its name in the code; empty for types that are written where they are used, and for generic ones. */
function nameOf(type) {
  const alias = type.getAliasSymbol();
  if (alias !== undefined) return type.getAliasTypeArguments().length > 0 ? "" : alias.name;
  const name = type.getSymbol()?.name ?? "";
  return type.flags & TypeFlags.Object && /^[A-Z]\w*$/.test(name) ? name : "";
}
