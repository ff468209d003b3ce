import { existsSync, readFileSync } from "node:fs";
import { createRequire, enableCompileCache } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";
import { versionLine } from "./commands/version-line.js";

/* The entry. What people type most while they look around is answered before anything is loaded. */

type Main = (argv: readonly string[]) => Promise<number>;

const argv = process.argv.slice(2);
const [first] = argv;

if (argv.length === 1 && (first === "--version" || first === "version")) {
  print(`${versionLine()}\n`);
} else if (argv.length === 0 || (argv.length === 1 && (first === "--help" || first === "-h" || first === "help"))) {
  print(readFileSync(new URL("help.txt", import.meta.url), "utf8"));
} else {
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
  const file = fileURLToPath(new URL("limaform.cjs", import.meta.url));
  const compiled = fileURLToPath(new URL(`limaform-${process.versions.v8}-${process.arch}.bin`, import.meta.url));
  const require = createRequire(import.meta.url);
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
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
  return module.exports.main;
}

function print(text: string): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
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
