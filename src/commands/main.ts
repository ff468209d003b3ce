import { BugError } from "../errors/errors.js";
import { runCommand } from "./base.js";
import { findCommand } from "./find.js";
import { COMMANDS } from "./index.js";
import { reportError } from "./report-error.js";
import { processRuntime, type Runtime } from "./runtime.js";
import { errorExitCode } from "./verdicts.js";

/** The whole command line: finds the command, runs it, returns the exit code. Shows every error itself. */
export async function main(argv: readonly string[], given?: Runtime): Promise<number> {
  const end = argv.indexOf("--");
  const head = end === -1 ? argv : argv.slice(0, end);
  const runtime = given ?? processRuntime(head.includes("--no-color"));
  try {
    const { id, argv: rest } = findCommand(withHelp(argv, head), COMMANDS);
    const load = COMMANDS[id];
    if (load === undefined) throw new BugError(`the command ${id} is listed nowhere`);
    return await runCommand((await load()).default, { id, argv: rest, runtime, commands: COMMANDS });
  } catch (error) {
    reportError(runtime, error, argv);
    return errorExitCode(error);
  }
}

/** `plan --help` is `help plan`; nothing at all is `help`. */
function withHelp(argv: readonly string[], head: readonly string[]): readonly string[] {
  if (argv.length === 0) return ["help"];
  if (!head.some((word) => word === "--help" || word === "-h")) return argv;
  const flags = head.filter((word) => word === "--json" || word === "--no-color");
  const words = head.filter((word) => !word.startsWith("-"));
  const isTopicPair = words.length > 1 && words.slice(0, 2).join(" ") in COMMANDS;
  return ["help", ...flags, ...words.slice(0, isTopicPair ? 2 : 1)];
}
