/* Effects: asks the host's rsync which program it is, once a process. */
import { RepositoryError } from "../../errors/errors.js";
import { run } from "../process/run.js";

/** `samba`: the rsync of most systems. `openrsync`: what newer macOS has under the same name, with fewer options. */
export interface Flavour {
  readonly kind: "samba" | "openrsync";
  /** `3.5.0`; of openrsync the version that it claims to be compatible with. */
  readonly version: string;
}

const LIMIT_MS = 10_000;
/** The first without the flaws that a hostile receiver could use against whoever sends to it. */
const LEAST = [3, 2, 5] as const;

/** Errors: RSYNC_NOT_FOUND, RSYNC_TOO_OLD. */
export async function findFlavour(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Flavour> {
  const outcome = await run({
    ...{ command: "rsync", args: ["--version"], cwd: "/", env: { ...env, LC_ALL: "C" }, timeoutMs: LIMIT_MS, signal },
    classify: () => null,
  });
  const flavour = outcome.startError === null ? readFlavour(outcome.stdout) : null;
  if (flavour === null) {
    throw new RepositoryError("RSYNC_NOT_FOUND", "rsync could not be started on this host", {
      hint: 'install rsync (apt install rsync, brew install rsync), or bring code in by git: repo.mode = "git" in limaform.toml',
      details: { why: outcome.startError ?? "it is no rsync that limaform knows" },
    });
  }
  if (flavour.kind === "samba" && isOlder(flavour.version, LEAST)) {
    throw new RepositoryError("RSYNC_TOO_OLD", `rsync ${flavour.version} on this host is too old`, {
      hint: `install rsync ${LEAST.join(".")} or newer; to see it: rsync --version`,
    });
  }
  return flavour;
}

/** null where the text is of neither program. */
export function readFlavour(text: string): Flavour | null {
  const samba = /^rsync\s+version v?(\d+\.\d+\.\d+)/mu.exec(text)?.[1];
  if (/^openrsync/mu.test(text)) {
    return { kind: "openrsync", version: /rsync version (\d+\.\d+\.\d+)/u.exec(text)?.[1] ?? "" };
  }
  return samba === undefined ? null : { kind: "samba", version: samba };
}

export function isOlder(version: string, least: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const at = least.findIndex((wanted, index) => parts[index] !== wanted);
  return at !== -1 && (parts[at] ?? 0) < (least[at] ?? 0);
}
