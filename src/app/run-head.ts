import { resolve } from "node:path";
import type { Store } from "../ports/host.js";
import { checkRunId } from "../runs/run-id.js";
import { quoteWords } from "../util/shell-quote.js";
import { validate } from "../util/validator.js";
import type { RunRequest } from "./app.js";
import { newRunId } from "./run-id.js";
import type { AppSession } from "./session.js";

/** What a run is called, written before its first part starts: `runs/RUN/head.json`. */
export interface RunHead {
  readonly run: string;
  readonly startedAt: string;
  readonly label: string | null;
  /** The command, or the prompt's first line. Not escaped. */
  readonly title: string;
  /** Where `--output` gives the output, absolute; none where it does not. */
  readonly output?: string;
}

const TEXT = { type: "string" } as const;
export const RUN_HEAD_SCHEMA = {
  type: "object",
  required: ["run", "startedAt", "label", "title"],
  properties: { run: TEXT, startedAt: TEXT, label: { ...TEXT, nullable: true }, title: TEXT, output: TEXT },
} as const;

const LONGEST_TITLE = 200;

/** The command, the prompt, or what a list is of. */
function titleOf({ agent, prompt, argv, tasks }: RunRequest): string {
  const what = agent === null ? quoteWords(argv) : prompt || (agent.name ?? "");
  return tasks === null ? what : `${tasks.length} tasks: ${what}`;
}

/** A run that has a name, and no part yet. */
export interface BegunRun {
  readonly run: string;
  /** Resolves when what it is called is on the disk; nothing starts before. */
  readonly named: Promise<void>;
  /** Takes the name back: no part of it was begun. */
  drop(): Promise<void>;
}

export function beginRun(
  { clock, options }: Pick<AppSession, "clock" | "options">,
  store: Store,
  request: RunRequest,
): BegunRun {
  const run = newRunId(clock);
  const output = request.output === undefined ? {} : { output: resolve(options.cwd, request.output) };
  const head = { run, startedAt: clock.now(), label: request.label, title: titleOf(request), ...output };
  const named = writeRunHead(store, head);
  // Told to who waits for it.
  named.catch(() => {});
  return {
    run,
    named,
    async drop() {
      await Promise.allSettled([named]);
      await store.remove(`runs/${run}`);
    },
  };
}

export async function writeRunHead(store: Store, head: RunHead): Promise<void> {
  const title = head.title.split("\n", 1)[0]?.slice(0, LONGEST_TITLE) ?? "";
  await store.writeJson(`runs/${checkRunId(head.run)}/head.json`, { ...head, title });
}

/** Null for a run of an older version, and where the file is damaged: the name of a run is nothing to fail over. */
export async function readRunHead(store: Store, run: string): Promise<RunHead | null> {
  const text = await store.readText(`runs/${checkRunId(run)}/head.json`);
  if (text === null) return null;
  const checked = validate<RunHead>(RUN_HEAD_SCHEMA, parsed(text));
  return checked.ok && checked.value.run === run ? checked.value : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
