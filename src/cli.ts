import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versionLine } from "./commands/version-line.js";
import { openParts } from "./parts.js";

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
  process.exitCode = await (openParts(folder)("./main.js") as { readonly main: Main }).main(argv);
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Nothing that a library left open may keep a finished command alive.
  process.exit();
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
