import { ReviewError } from "../errors/errors.js";

/**
 * One entry of `git diff-tree --raw -z`.
 *
 * Shape: `mode` and `oldMode` are six octal digits, `000000` = not there; `blob` is the new object's id.
 */
export interface RawChange {
  readonly oldMode: string;
  readonly mode: string;
  readonly oldBlob: string;
  readonly blob: string;
  readonly status: "A" | "D" | "M" | "T";
  readonly path: string;
}

/** What one commit changed against one of its parents (a merge occurs once per parent). */
export interface CommitChanges {
  readonly commit: string;
  readonly changes: readonly RawChange[];
}

const ENTRY = /^:([0-7]{6}) ([0-7]{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ([ADMT])$/u;
const COMMIT = /^\n?([0-9a-f]{40,64})\n?$/u;

/**
 * Reads `git diff-tree --stdin -r -z --raw --no-renames --no-abbrev` (commit ids before their entries) or, without
 * `--stdin`, plain entries under the commit id "".
 *
 * Errors: REVIEW_UNREADABLE when a field is anything else: nothing is guessed about what came from a worker.
 */
export function parseRawDiff(text: string): readonly CommitChanges[] {
  const groups: { commit: string; changes: RawChange[] }[] = [];
  const fields = text.split("\0");
  if (fields.at(-1)?.trim() === "") fields.pop();
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    const commit = COMMIT.exec(field)?.[1];
    if (commit !== undefined) {
      groups.push({ commit, changes: [] });
      continue;
    }
    at += 1;
    const change = parseEntry(field, fields[at]);
    const group = groups.at(-1);
    if (group === undefined) groups.push({ commit: "", changes: [change] });
    else group.changes.push(change);
  }
  return groups;
}

function parseEntry(field: string, path: string | undefined): RawChange {
  const [, oldMode, mode, oldBlob, blob, status] = ENTRY.exec(field) ?? [];
  if (oldMode === undefined || mode === undefined || oldBlob === undefined || blob === undefined || path === undefined)
    throw new ReviewError(
      "REVIEW_UNREADABLE",
      "git's list of changes could not be read, so nothing of it is taken over",
      {
        hint: "Please report it with the output of: git --version",
      },
    );
  return { oldMode, mode, oldBlob, blob, status: status as RawChange["status"], path };
}
