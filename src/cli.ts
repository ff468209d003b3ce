import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { versionLine } from "./commands/version-line.js";

/* The entry. What people type most while they look around is answered before anything is loaded. */

const argv = process.argv.slice(2);
const [first] = argv;

if (argv.length === 1 && (first === "--version" || first === "version")) {
  print(`${versionLine()}\n`);
} else if (argv.length === 0 || (argv.length === 1 && (first === "--help" || first === "-h" || first === "help"))) {
  print(readFileSync(new URL("help.txt", import.meta.url), "utf8"));
} else {
  enableCompileCache();
  // oclif would load a whole package only to warn about old Nodes.
  process.env.OCLIF_DISABLE_ENGINE_WARNING = "1";
  const { main } = await import("./commands/main.js");
  process.exitCode = await main(argv);
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // Nothing that a library left open may keep a finished command alive.
  process.exit();
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
