import { RunError } from "../errors/errors.js";

/** `YYYYMMDD-HHMMSS-xxxx`: sorts by time, safe in refs, unit names and file names. */
const RUN_ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/u;

/** Shape: `startedAt` ISO 8601 UTC as the clock port gives it; `hex` four hex digits from the same port. */
export function makeRunId(startedAt: string, hex: string): string {
  const [date = "", time = ""] = startedAt.split("T");
  const id = `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${hex}`;
  return checkRunId(id);
}

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** Errors: RUN_ID_INVALID. Ids become parts of paths and unit names, so each border checks them. */
export function checkRunId(text: string): string {
  if (isRunId(text)) return text;
  throw new RunError("RUN_ID_INVALID", `"${text.slice(0, 60)}" is not a run id (YYYYMMDD-HHMMSS-xxxx)`, {
    hint: "Look up the id: limaform runs list",
  });
}

/** Name of the systemd unit that carries a run. */
export function unitOf(run: string): string {
  return `limaform-run-${checkRunId(run)}`;
}
