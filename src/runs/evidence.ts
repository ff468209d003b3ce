/**
 * What a worker shows about one run: files that the run left (they survive a reboot) and what systemd says now.
 *
 * Shape: null = that piece is not there. Everything is text of a hostile machine, parsed strictly.
 */
export interface RunEvidence {
  /** False: the run's folder does not exist. */
  readonly exists: boolean;
  readonly start: RunStart | null;
  readonly end: RunEnd | null;
  readonly isCancelled: boolean;
  readonly isCollected: boolean;
  /** systemd's ActiveState; `unknown` where the unit is not loaded (it ended, or the machine was restarted). */
  readonly unit: "active" | "activating" | "deactivating" | "inactive" | "failed" | "unknown";
  /** Boot id now, to see that the machine restarted since the start. */
  readonly bootId: string;
  /** Sizes of the output files. Units: bytes. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

export interface RunStart {
  /** ISO 8601 UTC, by the worker's clock. */
  readonly at: string;
  readonly bootId: string;
}

export interface RunEnd {
  readonly at: string;
  /** systemd's SERVICE_RESULT: `success`, `exit-code`, `timeout`, `signal`, `oom-kill`, … */
  readonly result: string;
  /** systemd's EXIT_CODE: how the main process ended. */
  readonly how: "exited" | "killed" | "dumped" | "unknown";
  /** Exit code, or the name of the signal. */
  readonly status: string;
}

const UNIT_STATES = ["active", "activating", "deactivating", "inactive", "failed", "unknown"] as const;
const HOW = ["exited", "killed", "dumped", "unknown"] as const;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/u;

/** Reads the lines `key value…` that the poll script prints; null when a line is not of that form (no evidence). */
export function parseEvidence(text: string): RunEvidence | null {
  const fields = new Map<string, readonly string[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [key = "", ...values] = line.split(" ");
    if (!/^[a-z]+$/u.test(key) || fields.has(key)) return null;
    fields.set(key, values);
  }
  const unit = UNIT_STATES.find((state) => state === fields.get("unit")?.[0]);
  const bootId = fields.get("boot")?.[0] ?? "";
  const stdoutBytes = readCount(fields.get("stdout")?.[0]);
  const stderrBytes = readCount(fields.get("stderr")?.[0]);
  const start = readStart(fields.get("start"));
  const end = readEnd(fields.get("end"));
  const exists = fields.get("folder")?.[0];
  if (unit === undefined || stdoutBytes === null || stderrBytes === null) return null;
  if (start === undefined || end === undefined || (exists !== "yes" && exists !== "no")) return null;
  return {
    exists: exists === "yes",
    start,
    end,
    isCancelled: fields.get("cancelled")?.[0] === "yes",
    isCollected: fields.get("collected")?.[0] === "yes",
    unit,
    bootId,
    stdoutBytes,
    stderrBytes,
  };
}

function readCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

/** undefined = garbled. A file that was cut short by a crash is no evidence either. */
function readStart(values: readonly string[] | undefined): RunStart | null | undefined {
  if (values === undefined) return null;
  const [at = "", bootId = ""] = values;
  return TIME.test(at) ? { at, bootId } : undefined;
}

function readEnd(values: readonly string[] | undefined): RunEnd | null | undefined {
  if (values === undefined) return null;
  const [at = "", result = "", how = "", status = ""] = values;
  const known = HOW.find((word) => word === how);
  if (!TIME.test(at) || known === undefined || !/^[a-z-]{1,30}$/u.test(result)) return undefined;
  if (!/^[A-Za-z0-9+-]{0,20}$/u.test(status)) return undefined;
  return { at, result, how: known, status };
}
