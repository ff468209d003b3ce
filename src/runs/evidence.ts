/**
 * What a worker shows about one run: files that the run left (they survive a reboot) and what systemd says now.
 *
 * Shape: null = that piece is not there. Everything is text of a hostile machine, parsed strictly. All times are the
 * worker's own, so that only its clock counts in a difference.
 */
export interface RunEvidence {
  /** False: the run's folder does not exist. */
  readonly exists: boolean;
  readonly start: RunStart | null;
  /** Boot in which systemd took it over; outlasts a power cut that takes the youngest files. null: never, or not noted. */
  readonly takenBootId: string | null;
  /** `hooks.pre_run` ended; null also where there is none. */
  readonly prepared: RunStep | null;
  /** When the agent or command itself was started. */
  readonly agentAt: string | null;
  /** The agent or command ended by itself. */
  readonly exit: RunStep | null;
  /** `hooks.check` ended; null also where there is none. */
  readonly check: RunStep | null;
  /** True where a check was to follow. */
  readonly hasCheck: boolean;
  /** The run's main process was ended for lack of memory. */
  readonly isOutOfMemory: boolean;
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
  /** Clock of the worker at this look. */
  readonly now: string | null;
  /** Last change of the output files. */
  readonly outputAt: string | null;
  /** Last progress besides output, as the run's own watcher noted it. */
  readonly progress: { readonly at: string; readonly by: "cpu" | "files" } | null;
}

export interface RunStart {
  /** ISO 8601 UTC, by the worker's clock. */
  readonly at: string;
  readonly bootId: string;
}

export interface RunStep {
  readonly at: string;
  readonly exitCode: number;
}

export interface RunEnd {
  readonly at: string;
  /** systemd's SERVICE_RESULT: `success`, `exit-code`, `timeout`, `signal`, `oom-kill`, …; `shutdown`: its machine went down. */
  readonly result: string;
  /** systemd's EXIT_CODE: how the main process ended. */
  readonly how: "exited" | "killed" | "dumped" | "unknown";
  /** Exit code, or the name of the signal. */
  readonly status: string;
}

const UNIT_STATES = ["active", "activating", "deactivating", "inactive", "failed", "unknown"] as const;
const HOW = ["exited", "killed", "dumped", "unknown"] as const;
const PROGRESS = ["cpu", "files"] as const;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/u;

/** Seconds since 1970, as `stat` says them: not beyond the year 5138. */
const EPOCH = /^@(\d{1,11})$/u;

type Fields = ReadonlyMap<string, readonly string[]>;

/** Reads the lines `key value…` that the poll script prints; null when a line is not of that form (no evidence). */
export function parseEvidence(text: string): RunEvidence | null {
  const fields = readFields(text);
  if (fields === null) return null;
  const unit = UNIT_STATES.find((state) => state === fields.get("unit")?.[0]);
  const stdoutBytes = readCount(fields.get("stdout")?.[0]);
  const stderrBytes = readCount(fields.get("stderr")?.[0]);
  const exists = fields.get("folder")?.[0];
  if (unit === undefined || stdoutBytes === null || stderrBytes === null) return null;
  if (exists !== "yes" && exists !== "no") return null;
  const pieces = {
    start: readStart(fields.get("start")),
    prepared: readStep(fields.get("prepared")),
    agentAt: readTime(fields.get("agent")),
    exit: readStep(fields.get("exit")),
    check: readStep(fields.get("check")),
    end: readEnd(fields.get("end")),
    now: readTime(fields.get("now")),
    outputAt: readTime(fields.get("output")),
    progress: readProgress(fields.get("progress")),
  };
  if (!isWhole(pieces)) return null;
  const says = (key: string): boolean => fields.get(key)?.[0] === "yes";
  return {
    exists: exists === "yes",
    ...pieces,
    takenBootId: fields.get("ready")?.[0] ?? null,
    hasCheck: says("checks"),
    isOutOfMemory: says("oom"),
    isCancelled: says("cancelled"),
    isCollected: says("collected"),
    unit,
    bootId: fields.get("boot")?.[0] ?? "",
    stdoutBytes,
    stderrBytes,
  };
}

function readFields(text: string): Fields | null {
  const fields = new Map<string, readonly string[]>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [key = "", ...values] = line.split(" ");
    if (!/^[a-z]+$/u.test(key) || fields.has(key)) return null;
    fields.set(key, values);
  }
  return fields;
}

/** undefined = garbled. A file that was cut short by a crash is no evidence either. */
type Read<T> = T | null | undefined;

function isWhole<T extends object>(pieces: T): pieces is { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.values(pieces).every((piece) => piece !== undefined);
}

function readCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

function readTime(values: readonly string[] | undefined): Read<string> {
  if (values === undefined) return null;
  const [, seconds] = EPOCH.exec(values[0] ?? "") ?? [];
  if (seconds !== undefined) return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
  return TIME.test(values[0] ?? "") ? (values[0] ?? "") : undefined;
}

function readStart(values: readonly string[] | undefined): Read<RunStart> {
  const at = readTime(values);
  return typeof at === "string" ? { at, bootId: values?.[1] ?? "" } : at;
}

function readStep(values: readonly string[] | undefined): Read<RunStep> {
  const at = readTime(values);
  if (typeof at !== "string") return at;
  const code = values?.[1] ?? "";
  return /^\d{1,3}$/u.test(code) ? { at, exitCode: Number(code) } : undefined;
}

function readProgress(values: readonly string[] | undefined): Read<NonNullable<RunEvidence["progress"]>> {
  const at = readTime(values);
  if (typeof at !== "string") return at;
  const by = PROGRESS.find((word) => word === values?.[1]);
  return by === undefined ? undefined : { at, by };
}

function readEnd(values: readonly string[] | undefined): Read<RunEnd> {
  const at = readTime(values);
  if (typeof at !== "string") return at;
  const [, result = "", how = "", status = ""] = values ?? [];
  const known = HOW.find((word) => word === how);
  if (known === undefined || !/^[a-z-]{1,30}$/u.test(result)) return undefined;
  if (!/^[A-Za-z0-9+-]{0,20}$/u.test(status)) return undefined;
  return { at, result, how: known, status };
}
