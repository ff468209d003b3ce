/* Effects: reads the built program's files and evaluates them. Only Node's own modules: the build runs it as it stands. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire, enableCompileCache } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";

/** A module of the program, as CommonJS has it. */
type Piece = (exports: object, require: Require, module: { exports: object }) => void;
type Require = (name: string) => unknown;

export interface Part {
  readonly pieces: Readonly<Record<string, Piece>>;
  /** Of the first part: in which part a piece is that has none of its own. */
  readonly places?: Readonly<Record<string, string>>;
}

/** The part that every start needs. */
export const FIRST_PART = "start";

/** Beside a part: the code that V8 compiled for it, good for this V8 only. */
export const compiledName = (part: string): string => `${part}-${process.versions.v8}-${process.arch}.bin`;

/**
 * A `require` for the built program, which lies in parts that are read when something in them is needed: to read all of it
 * would take longer than most commands do.
 *
 * Shape: a part is one script, `this.part = {…}`, with its pieces as functions; names that begin with `./` are pieces.
 */
export function openParts(folder: string, read: (file: string) => Part = readPart): Require {
  const nodes = createRequire(join(folder, "/"));
  const pieces = new Map<string, Piece>();
  const modules = new Map<string, { exports: object }>();
  const open = (part: string): Part => {
    const found = read(join(folder, `${part}.js`));
    for (const [name, piece] of Object.entries(found.pieces)) pieces.set(name, piece);
    return found;
  };
  const { places = {} } = open(FIRST_PART);
  const load: Require = (name) => {
    if (!name.startsWith("./")) return nodes(name);
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    if (!pieces.has(name)) open(places[name] ?? basename(name));
    const piece = pieces.get(name);
    if (piece === undefined) throw new Error(`${folder} is half built: it has no ${name}; build it again`);
    const module = { exports: {} };
    modules.set(name, module);
    piece(module.exports, load, module);
    return module.exports;
  };
  return load;
}

/**
 * With the code that V8 compiled when the build tried it. Node's own compile cache keeps only what is compiled at load,
 * which is a small part; it serves where the build ran under another V8.
 */
function readPart(file: string): Part {
  const compiled = join(file, "..", compiledName(basename(file)));
  if (!existsSync(compiled)) {
    enableCompileCache();
    return (createRequire(file)(file) as { readonly part: Part }).part;
  }
  return scriptOf(file, readFileSync(compiled)).runInThisContext() as Part;
}

/** The script of a part, as V8 must get it for its compiled code to fit. */
export function scriptOf(file: string, cachedData?: Uint8Array): Script {
  // Parts are pure ASCII; read as such they stay strings of bytes.
  return new Script(readFileSync(file, "latin1"), {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData: cachedData as Buffer }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

const basename = (file: string): string => file.slice(file.lastIndexOf("/") + 1, -".js".length);
