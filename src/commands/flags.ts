import { string as stringArgument } from "@oclif/core/args";
import { boolean, string } from "@oclif/core/flags";
import { UsageError } from "../errors/errors.js";
import { readDuration } from "../util/duration.js";

/* Flags that commands share. Every flag has a summary and says what it is without being given. */

/** A flag without value. oclif types an absent one as false but gives undefined, unless it has a default. */
export const toggle = (options: {
  readonly summary: string;
  readonly char?: "f" | "n" | "q" | "v" | "y";
  readonly exclusive?: string[];
  readonly aliases?: string[];
}) => boolean({ ...options, default: false });

export const GLOBAL_FLAGS = {
  config: string({
    char: "c",
    helpValue: "FILE",
    summary: "Spec file.",
    defaultHelp: "LIMAFORM_CONFIG, else limaform.toml here or in a parent folder",
  }),
  project: string({ char: "p", helpValue: "NAME", summary: "Project name.", defaultHelp: "the spec's" }),
  json: toggle({ summary: "Print exactly one JSON document on stdout." }),
  events: string({ helpValue: "FILE", summary: "Write the event stream to a file, one JSON object a line." }),
  quiet: toggle({ char: "q", summary: "Print results and problems only.", exclusive: ["verbose"] }),
  verbose: toggle({ char: "v", summary: "Print logs of builds and hooks too." }),
  yes: toggle({
    char: "y",
    summary: "Approve the plan without being asked. Never means --discard-work.",
  }),
  "no-color": toggle({ summary: "No colour; NO_COLOR and FORCE_COLOR are respected too." }),
  "lock-timeout": string({
    helpValue: "TIME",
    summary: "How long to wait when another limaform works on this project.",
    default: "0s",
  }),
};

export const target = string({
  helpValue: "ADDR",
  multiple: true,
  summary: "Only these addresses (worker.default[1], image.golden) and what they need.",
  defaultHelp: ["all"],
});

export const replace = string({
  helpValue: "ADDR",
  multiple: true,
  summary: "Make these addresses anew although nothing asks for it.",
});

/** Takes one value a time, because commands that have it also have arguments. */
export const discardWork = string({
  helpValue: "ADDR",
  multiple: true,
  multipleNonGreedy: true,
  summary: "Lose the work on this worker. Say it once for each.",
});

/** Of what looks again and again. */
export const interval = string({
  char: "i",
  helpValue: "TIME",
  summary: "Time between two looks: 30s, or a number of seconds.",
  defaultHelp: "watch.interval of the spec",
});

/** Milliseconds of `--interval`; a bare number is seconds, as in the spec. null = not given. Errors: USAGE_INVALID_VALUE. */
export function intervalFlag(text: string | undefined): number | null {
  if (text === undefined) return null;
  return Math.max(1000, durationFlag("--interval", /^\d+$/u.test(text) ? `${text}s` : text));
}

/** Errors: USAGE_FOLLOW_JSON: what goes on until Ctrl-C has no single document. */
export function refuseJson({ json }: { readonly json: boolean }, what: string, instead: string): void {
  if (!json) return;
  throw new UsageError("USAGE_FOLLOW_JSON", `${what} has no single document to print with --json.`, {
    hint: `to follow it by program: ${instead}`,
  });
}

export const workersArgument = (summary: string) => ({
  workers: stringArgument({ multiple: true, ignoreStdin: true, description: summary }),
});

/** Milliseconds of a flag such as `90s`, `10m`, `1h30m`; zero is allowed. Errors: USAGE_INVALID_VALUE. */
export function durationFlag(name: string, text: string): number {
  const ms = /^0[smh]?$/.test(text) ? 0 : readDuration(text);
  if (ms !== null) return ms;
  throw invalid(name, text, "a duration such as 30s, 10m or 2h");
}

/** A time limit: as `durationFlag`, and longer than nothing. Errors: USAGE_INVALID_VALUE. */
export function limitFlag(name: string, text: string): number {
  const ms = durationFlag(name, text);
  if (ms > 0) return ms;
  throw invalid(name, text, "a duration longer than nothing, such as 30s, 10m or 2h");
}

const MAX_COUNT = 999_999_999;

/** A whole number of at least `least`. Errors: USAGE_INVALID_VALUE. */
export function countFlag(name: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= MAX_COUNT) return value;
  throw invalid(name, text, value > MAX_COUNT ? `at most ${MAX_COUNT}` : `a whole number of at least ${least}`);
}

function invalid(name: string, text: string, expected: string): UsageError {
  return new UsageError("USAGE_INVALID_VALUE", `${name}: expected ${expected}, found ${JSON.stringify(text)}.`, {
    details: { flag: name, value: text },
  });
}
