import type { Store } from "../ports/host.js";
import { checkRunId } from "../runs/run-id.js";
import { validate } from "../util/validator.js";

/** What a run is called, written before its first part starts: `runs/RUN/head.json`. */
export interface RunHead {
  readonly run: string;
  readonly startedAt: string;
  readonly label: string | null;
  /** The command, or the prompt's first line. Not escaped. */
  readonly title: string;
}

const TEXT = { type: "string" } as const;
export const RUN_HEAD_SCHEMA = {
  type: "object",
  required: ["run", "startedAt", "label", "title"],
  properties: { run: TEXT, startedAt: TEXT, label: { ...TEXT, nullable: true }, title: TEXT },
} as const;

const LONGEST_TITLE = 200;

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
