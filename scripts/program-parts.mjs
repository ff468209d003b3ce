import { join } from "node:path";
import { build, transform } from "esbuild";
import {
  CALLED,
  lazyPackages,
  OCLIF_LATER,
  packagePart,
  packageParts,
  standIns,
  whenCalled,
} from "./lazy-packages.mjs";
import { validatorsAhead } from "./validators-ahead.mjs";

/*
 * Cuts the program into parts, so that a start reads and evaluates little more than it needs. esbuild finds what is shared
 * (it splits modules only, so each piece is made CommonJS afterwards: V8 keeps compiled functions of a script, but not of
 * a module). What nearly every command needs lies together, because many small files would take longer to read.
 */

const ENTRY = "src/commands/main.ts";
/** Parts of several pieces: all that the named modules import, less what is in a part before. */
const TOGETHER = {
  start: [ENTRY, "src/app/compose.ts", "src/app/lima-reader.ts", "src/commands/flow.ts"],
  spec: ["src/app/load-spec.ts", "src/spec/index.ts", "src/resources/registry.ts"],
  look: ["src/app/sync-look.ts", "src/app/run-early.ts"],
  fleet: ["src/app/fleet.ts"],
  records: [
    "src/app/runs.ts",
    "src/app/list-runs.ts",
    "src/app/logs.ts",
    "src/app/wait.ts",
    "src/app/shell.ts",
    "src/app/unlock.ts",
  ],
  sources: ["src/app/sources.ts"],
  run: ["src/app/run.ts"],
  plan: ["src/app/plan.ts", "src/app/status.ts"],
};

/** Modules of Node that take milliseconds to load, and that not every command uses; their exports are read as properties. */
const LARGE_OF_NODE = /^var (import_node_\w+) = require\("(node:(?:crypto|tls|zlib))"\);$/gm;

/** The text of each part, by name; see `src/parts.ts`. */
export async function programParts(root) {
  const common = { absWorkingDir: root, bundle: true, platform: "node", target: "node22", logLevel: "warning" };
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: [ENTRY],
    outdir: root,
    format: "esm",
    splitting: true,
    write: false,
    metafile: true,
    plugins: [lazyPackages, standIns, whenCalled, packageParts, validatorsAhead],
  });
  const pieces = new Map();
  for (const { path, text } of outputFiles) pieces.set(path.slice(root.length + 1), await piece(text));
  const parts = new Map();
  const places = {};
  for (const [part, modules] of Object.entries(TOGETHER)) {
    const names = modules.flatMap((module) => importedBy(metafile.outputs, outputOf(metafile.outputs, module)));
    const own = [...new Set(names)].filter((name) => !(`./${name}` in places));
    for (const name of own) places[`./${name}`] = part;
    parts.set(part, own);
  }
  for (const name of pieces.keys()) if (!(`./${name}` in places)) parts.set(name.slice(0, -".js".length), [name]);
  const texts = new Map();
  for (const [part, names] of parts) texts.set(part, partText(names, pieces, part === "start" ? places : null));
  for (const [name, contents] of packages(root)) {
    const { outputFiles } = await build({
      ...common,
      stdin: { contents, resolveDir: name === packagePart("oclif") ? join(root, "node_modules/@oclif/core") : root },
      ...{ format: "cjs", write: false, plugins: [standIns] },
    });
    const file = `${name}.js`;
    texts.set(name, partText([file], new Map([[file, outputFiles[0].text]]), null));
  }
  return texts;
}

/** What one import loads. */
function importedBy(outputs, name, found = new Set()) {
  if (found.has(name) || outputs[name] === undefined) return [...found];
  found.add(name);
  for (const { kind, path } of outputs[name].imports) if (kind === "import-statement") importedBy(outputs, path, found);
  return [...found];
}

/** The piece of its own that something imports when it is needed; else the one that it is in, with others. */
function outputOf(outputs, module) {
  const all = Object.entries(outputs);
  const found =
    all.find(([, { entryPoint }]) => entryPoint === module) ?? all.find(([, { inputs }]) => module in inputs);
  if (found === undefined) throw new Error(`nothing of the program imports ${module}`);
  return found[0];
}

async function piece(text) {
  const options = { format: "cjs", platform: "node", target: "node22", supported: { "dynamic-import": false } };
  const { code } = await transform(text, options);
  return code.replace(LARGE_OF_NODE, 'var $1 = new Proxy({}, { get: (_, name) => require("$2")[name] });');
}

function partText(names, pieces, places) {
  const functions = names.map(
    (name) => `${JSON.stringify(`./${name}`)}: function (exports, require, module) {\n${pieces.get(name)}}`,
  );
  const index = places === null ? "" : `places: ${JSON.stringify(places)}, `;
  return `this.part = { ${index}pieces: {\n${functions.join(",\n")}\n} };\n`;
}

function packages() {
  const apart = Object.entries(CALLED).filter(([, { apart }]) => apart);
  const getters = OCLIF_LATER.map((name) => `get "${name}"() { return require("${name}"); }`);
  return [
    // By name, not as a whole: esbuild makes one scope of a package's modules then, and leaves out what is not asked for.
    ...apart.map(([name, { classes, functions }]) => [
      packagePart(name),
      `export { ${[...classes, ...functions].join(", ")} } from "${name}";`,
    ]),
    [packagePart("oclif"), `module.exports = { ${getters.join(", ")} };`],
  ];
}
