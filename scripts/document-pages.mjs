/* Pages of docs/ that are made from tables of the code: exit codes, and the documents that `--json` prints. */

const NOTE = "Made by `npm run schemas`. Do not edit it by hand.";

export function exitCodesPage(table, names) {
  const rows = table.map(({ codes, text, next }) => {
    const called = codes.map((code) => `\`${Object.entries(names).find(([, value]) => value === code)[0]}\``);
    return `| ${codes.join(", ")} | ${called.join(", ")} | ${text} | ${next} |`;
  });
  return [
    "# Exit codes",
    "",
    `${NOTE} The codes of errors are in [errors.md](errors.md).`,
    "",
    "Text, JSON and exit code come from one verdict: with `--json` the document says the same as the code.",
    "",
    "| code | name | when | what next |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

export function jsonPage({ documents, streams, printedBy }) {
  const list = documents.map(
    ({ format, file, schema }) =>
      `| [\`${format}\`](#${format.replaceAll(".", "")}) | ${commandsText(printedBy[format])} | [schema](../${file}) | ${schema.description ?? ""} |`,
  );
  return [
    "# JSON",
    "",
    `${NOTE} The schemas are made from the types that the program is compiled from.`,
    "",
    "`--json` prints exactly one document on stdout, also for usage errors, refusals and interrupts. Each has `format` and",
    "`version`. New fields may come at any time; a field that is changed or taken away raises `version`. Names end in their",
    "units (`memoryBytes`, `elapsedMs`), times are ISO 8601 in UTC. Before a step has started a failure prints `limaform.error`;",
    "afterwards `limaform.apply` carries the error inside. `--events FILE` writes what happens as NDJSON, one event a line.",
    "",
    "| document | printed by | schema | what |",
    "| --- | --- | --- | --- |",
    ...list,
    "",
    "| file | schema | what |",
    "| --- | --- | --- |",
    ...streams.map(({ shown, file, what }) => `| ${shown} | [schema](../${file}) | ${what} |`),
    "",
    ...documents.flatMap(({ format, schema }) => [`## ${format}`, "", ...fieldRows(schema), ""]),
  ].join("\n");
}

const commandsText = (commands) =>
  commands.length === 0 ? "any command" : commands.map((command) => `\`${command}\``).join(", ");

function fieldRows(schema) {
  const fields = Object.entries(schema.properties).filter(([name]) => name !== "format" && name !== "version");
  return [
    "| field | type | meaning |",
    "| --- | --- | --- |",
    ...fields.map(([name, field]) => {
      const optional = schema.required?.includes(name) ? "" : " (may be absent)";
      return `| \`${name}\` | ${typeText(field, schema.$defs ?? {})}${optional} | ${field.description ?? ""} |`;
    }),
  ];
}

/** A type in a few words; what is inside stands in the schema. */
function typeText(schema, defs) {
  if (schema.$ref !== undefined) return defText(schema.$ref.slice("#/$defs/".length), defs);
  if (schema.allOf !== undefined) return typeText(schema.allOf[0], defs);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(" ");
  if (schema.anyOf !== undefined) return schema.anyOf.map((part) => typeText(part, defs)).join(" or ");
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.type === "array") return `list of ${typeText(schema.items, defs)}`;
  if (schema.type === "object" && schema.properties !== undefined) return fieldNames(schema);
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return `object by name of ${typeText(schema.additionalProperties, defs)}`;
  return schema.type ?? "any";
}

const fieldNames = (schema) =>
  `{${Object.keys(schema.properties)
    .map((name) => `\`${name}\``)
    .join(", ")}}`;

function defText(name, defs) {
  const def = defs[name];
  if (def.properties !== undefined) return fieldNames(def);
  return def.enum === undefined ? name : typeText(def, defs);
}
