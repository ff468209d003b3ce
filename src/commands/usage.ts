import { stripVTControlCharacters } from "node:util";
import { CLIError } from "@oclif/core/errors";
import { UsageError } from "../errors/errors.js";
import { nearest } from "../util/nearest.js";
import { NOT_YET_FLAGS } from "./not-yet.js";

/** What oclif's parse errors carry beside their message, by the class that has it. */
interface ParseProblem {
  readonly flags?: readonly string[];
  readonly args?: readonly unknown[];
}

/** What oclif puts around the reasons of its parse errors; our hint says it better. */
const OCLIF_HEAD = /^The following errors? occurred:\s*/;
const OCLIF_TAIL = "\nSee more help with --help";

export interface UsageContext {
  readonly command: string;
  /** Long names with dashes. */
  readonly flags: readonly string[];
}

/** Turns an error of oclif's parser into one of ours; anything else comes back as it is. */
export function toUsageError(error: unknown, context: UsageContext): unknown {
  if (!(error instanceof CLIError)) return error;
  const problem = error as ParseProblem;
  const kind = error.constructor.name;
  if (kind === "NonExistentFlagsError") return unknownFlags(problem.flags ?? [], context);
  if (kind === "UnexpectedArgsError") return unexpectedArguments(problem.args ?? [], context);
  if (kind === "RequiredArgsError") {
    return usage("USAGE_MISSING_ARGUMENT", missingText(problem.args ?? [], context), context);
  }
  if (kind === "FailedFlagValidationError") {
    const missing = /^Missing required flags? (.+)$/m.exec(
      stripVTControlCharacters(error.message).replace(OCLIF_HEAD, ""),
    );
    if (missing !== null) {
      const names = (missing[1] ?? "").split(", ").map((name) => `--${name}`);
      return usage("USAGE_MISSING_ARGUMENT", `limaform ${context.command} needs ${names.join(" and ")}.`, context);
    }
  }
  const [message = ""] = stripVTControlCharacters(error.message).replace(OCLIF_HEAD, "").split(OCLIF_TAIL);
  return usage("USAGE_INVALID_FLAG", `${message.replaceAll(/\s*\n\s*/g, " ").trim()}.`, context);
}

function usage(code: string, message: string, context: UsageContext, hint = ""): UsageError {
  const help = `limaform help ${context.command}`;
  return new UsageError(code, message, { hint: hint === "" ? help : hint, details: { command: context.command } });
}

function unknownFlags(flags: readonly string[], context: UsageContext): UsageError {
  const first = flags[0] ?? "";
  const later = flags.find((flag) => NOT_YET_FLAGS[context.command]?.includes(flag) === true);
  if (later !== undefined) {
    return usage("USAGE_NOT_SUPPORTED_YET", `limaform ${context.command} ${later} is not supported yet.`, context);
  }
  const near = nearest(first, context.flags);
  const message = `limaform ${context.command} has no flag ${flags.join(", ")}.`;
  return usage("USAGE_UNKNOWN_FLAG", message, context, near === null ? "" : `did you mean ${near}?`);
}

function unexpectedArguments(args: readonly unknown[], context: UsageContext): UsageError {
  const words = args.map((arg) => JSON.stringify(arg)).join(", ");
  return usage("USAGE_UNEXPECTED_ARGUMENT", `limaform ${context.command} has no use for ${words}.`, context);
}

function missingText(args: readonly unknown[], context: UsageContext): string {
  const names = args.map((arg) => String((arg as { readonly name?: string }).name ?? "argument").toUpperCase());
  return `limaform ${context.command} needs ${names.join(" and ")}.`;
}
