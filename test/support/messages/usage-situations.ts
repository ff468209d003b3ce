import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./place.js";
import type { Situation } from "./situation.js";

const usage = (name: string, code: string, ...argv: readonly string[]): Situation => ({
  name,
  argv,
  codes: [code],
  exit: 64,
});

/** A plan in `~/next.plan`. */
async function savePlan(place: Place): Promise<string> {
  const file = join(place.user, "next.plan");
  const { code, stdout, stderr } = await place.limaform("plan", "--out", file);
  if (code !== 0) throw new Error(`no plan: ${stdout}${stderr}`);
  return file;
}

const damaged = (change: (text: string) => string) => ({
  argv: ["apply", "../next.plan"],
  where: ["next.plan"],
  async arrange(place: Place) {
    const file = await savePlan(place);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  },
});

/** What is typed: commands, flags, arguments, plan files. */
export const USAGE_SITUATIONS: readonly Situation[] = [
  usage("an unknown command near a known one", "USAGE_UNKNOWN_COMMAND", "aply"),
  usage("an unknown command like nothing", "USAGE_UNKNOWN_COMMAND", "make-me-a-sandwich"),
  usage("an unknown command of a group", "USAGE_UNKNOWN_COMMAND", "results", "take", "1"),
  usage("a flag where the command should be", "USAGE_NO_COMMAND", "--detailed-exitcode"),
  usage("an unknown flag near a known one", "USAGE_UNKNOWN_FLAG", "plan", "--detailed"),
  usage("an unknown flag like nothing", "USAGE_UNKNOWN_FLAG", "plan", "--xyzzy"),
  usage("an unknown short flag", "USAGE_UNKNOWN_FLAG", "plan", "-Z"),
  usage("a flag without its value", "USAGE_INVALID_FLAG", "plan", "--out"),
  usage("a flag twice", "USAGE_INVALID_FLAG", "plan", "--out", "a.plan", "--out", "b.plan"),
  usage("flags that exclude each other", "USAGE_INVALID_FLAG", "plan", "--quiet", "--verbose"),
  usage("a value that a flag does not take", "USAGE_INVALID_FLAG", "init", "--template", "cobol"),
  usage("an argument is missing", "USAGE_MISSING_ARGUMENT", "show"),
  usage("an argument too many", "USAGE_UNEXPECTED_ARGUMENT", "validate", "limaform.toml"),
  usage("no parallel steps", "USAGE_INVALID_VALUE", "apply", "--parallel", "0"),
  usage("a lock timeout in words", "USAGE_INVALID_VALUE", "apply", "--lock-timeout", "soon"),
  usage("spawn of a word", "USAGE_INVALID_VALUE", "spawn", "many"),
  {
    ...usage("spawn of too many", "SPEC_INVALID", "spawn", "10000"),
    exit: 1,
    codes: ["SPEC_INVALID", "SPEC_OUT_OF_RANGE"],
  },
  usage("spawn of fewer without --shrink", "USAGE_SHRINK", "spawn", "1"),
  usage("run without a command", "USAGE_MISSING_ARGUMENT", "run"),
  usage("shell has no JSON", "USAGE_NO_WORKERS", "run", "--", "true"),
  {
    ...usage("an address of nothing", "PLAN_TARGET_UNKNOWN", "plan", "--target", "worker.default[9]"),
    exit: 1,
    format: "limaform.plan",
  },
  {
    ...usage("an address that is none", "PLAN_TARGET_UNKNOWN", "plan", "--target", "worker 1"),
    exit: 1,
    format: "limaform.plan",
  },
  usage("apply without a terminal and without --yes", "USAGE_APPROVAL_NEEDED", "apply"),
  usage("destroy of nothing that is there: an argument too many", "USAGE_UNEXPECTED_ARGUMENT", "destroy", "1"),
  usage("init over a spec", "USAGE_SPEC_EXISTS", "init"),
  {
    name: "an argument of thousands of letters",
    argv: ["plan", "--target", "x".repeat(5_000)],
    codes: ["PLAN_TARGET_UNKNOWN"],
    exit: 1,
    format: "limaform.plan",
  },
  usage("the plan file is not there", "USAGE_PLAN_FILE", "apply", "missing.plan"),
  { ...usage("the plan file is the spec", "USAGE_PLAN_FILE", "apply", "limaform.toml"), where: ["limaform.toml"] },
  { ...usage("the plan file is a folder", "STORE_READ", "apply", "."), exit: 1 },
  { ...usage("the plan file was cut", "USAGE_PLAN_FILE"), ...damaged((text) => text.slice(0, 500)) },
  {
    ...usage("the plan file was changed", "USAGE_PLAN_FILE"),
    ...damaged((text) => text.replace('"worker.default[2]"', '"worker.default[3]"')),
  },
  {
    ...usage("the plan file begins with a byte order mark", "USAGE_PLAN_FILE"),
    ...damaged((text) => `\uFEFF${text}`),
  },
  {
    ...usage("the plan file holds a NUL", "USAGE_PLAN_FILE"),
    ...damaged((text) => text.replace('"worker.default[2]"', '"worker.default\0[2]"')),
  },
  {
    ...usage("the plan file is of a newer limaform", "STALE_OTHER_VERSION"),
    ...damaged((text) => text.replace(/"engine": "[^"]*"/, '"engine": "99.0.0"')),
    exit: 1,
  },
  {
    name: "the plan was made under another LIMA_HOME",
    argv: ["apply", "../next.plan"],
    codes: ["STALE_OTHER_PLACE"],
    exit: 1,
    where: ["/home/uma/.lima", "/home/uma/other"],
    async arrange(place) {
      await savePlan(place);
      place.env.LIMA_HOME = join(place.user, "other");
    },
  },
  {
    name: "the folder for the plan is not there",
    argv: ["plan", "--out", "plans/next.plan"],
    codes: ["STORE_WRITE"],
    exit: 1,
    where: ["/home/uma/shop/plans/next.plan"],
  },
  {
    name: "the folder for the plan is read-only",
    argv: ["plan", "--out", "../plans/next.plan"],
    codes: ["STORE_WRITE"],
    exit: 1,
    where: ["/home/uma/plans/next.plan"],
    arrange(place) {
      mkdirSync(join(place.user, "plans"));
      chmodSync(join(place.user, "plans"), 0o500);
    },
  },
  {
    name: "the file for events is in no folder",
    argv: ["plan", "--events", "logs/events.ndjson"],
    codes: ["STORE_EVENTS_FILE"],
    exit: 1,
    where: ["logs/events.ndjson"],
  },
];
