import { existsSync, readFileSync } from "node:fs";
import { createRequire, enableCompileCache } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { versionLine } from "./commands/version-line.js";

/*
 * The entry. What people type most while they look around is answered before anything is loaded. The build makes a
 * CommonJS script of it: Node's loader of modules, and its view of node:fs as a module, would take longer than all of this.
 */

type Main = (argv: readonly string[]) => Promise<number>;

/** Of the built program. */
const folder = import.meta.dirname;
const argv = process.argv.slice(2);
const [first] = argv;

if (argv.length === 1 && (first === "--version" || first === "version")) {
  print(`${versionLine()}\n`);
} else if (argv.length === 0 || (argv.length === 1 && (first === "--help" || first === "-h" || first === "help"))) {
  print(readFileSync(join(folder, "help.txt"), "utf8"));
} else {
  void run();
}

async function run(): Promise<void> {
  // oclif would load a whole package only to warn about old Nodes.
  process.env.OCLIF_DISABLE_ENGINE_WARNING = "1";
  process.exitCode = await loadMain()(argv);
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Nothing that a library left open may keep a finished command alive.
  process.exit();
}

/**
 * The bundle, with the code that V8 compiled when the build tried it. Node's own compile cache keeps only what is compiled
 * at load, which is a small part; it serves where the build ran under another V8.
 */
function loadMain(): Main {
  const file = join(folder, "limaform.cjs");
  const compiled = join(folder, `limaform-${process.versions.v8}-${process.arch}.bin`);
  const require = createRequire(file);
  if (!existsSync(compiled)) {
    enableCompileCache();
    return (require(file) as { readonly main: Main }).main;
  }
  // The bundle is pure ASCII; read as such it stays a string of bytes.
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`,
    {
      filename: file,
      cachedData: readFileSync(compiled),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  );
  const module = { exports: {} as { main: Main } };
  script.runInThisContext()(module.exports, require, module, file, folder);
  return module.exports.main;
}

function print(text: string): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`Error: the output cannot be written (${error.code}) [STORE_WRITE]\n  → df -h\n`);
    process.exitCode = 1;
  });
  process.stdout.write(text);
}

/** Resolves when all was written, or nobody reads any more. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}
