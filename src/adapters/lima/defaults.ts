import { join } from "node:path";
import { parse } from "yaml";
import { LimaError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import type { ConfigDeviation } from "../../world/world.js";
import { checkClosed, type MergedFile } from "./closed.js";
import { isFields } from "./fields.js";
import type { Limactl } from "./limactl.js";
import type { RawConfigReader } from "./raw-config.js";

const LIMIT_MS = 30_000;
const MERGED = [
  { name: "override.yaml", at: "load" },
  { name: "default.yaml", at: "load" },
  { name: "base.yaml", at: "create" },
] as const;

/** A closed instance in few words: all that the user's defaults could change of limaform's own template. */
const CLOSED = {
  images: [{ location: "/etc/profile" }],
  cpus: 1,
  memory: "1GiB",
  disk: "1GiB",
  plain: true,
  mounts: [],
  containerd: { system: false, user: false },
  ssh: { localPort: 0, loadDotSSHPubKeys: false, forwardAgent: false, forwardX11: false, forwardX11Trusted: false },
  propagateProxyEnv: false,
  upgradePackages: false,
  hostResolver: { enabled: false },
  dns: ["192.168.5.3"],
  user: { name: "agent", comment: "limaform", home: "/home/agent", shell: "/bin/bash", uid: 1000 },
};

/** Lima's own merge files, strongest first; an unreadable one is left to limactl, which then loads no instance at all. */
export function readMerged(home: string, rawConfigs: RawConfigReader): readonly MergedFile[] {
  return MERGED.flatMap(({ name, at }) => {
    const path = join(home, "_config", name);
    const read = rawConfigs.readFile(path);
    return read.kind === "config" ? [{ path, fields: read.fields, at }] : [];
  });
}

/** Those of them that hold no mapping or cannot be read. Lima takes an empty one for none. */
export function unreadMerged(home: string, rawConfigs: RawConfigReader): readonly string[] {
  return MERGED.map(({ name }) => join(home, "_config", name)).filter(
    (path) => rawConfigs.readFile(path).kind === "unreadable",
  );
}

/**
 * What the user's own Lima defaults would open in an instance that does not exist yet. `unread`: files of them that only
 * limactl can judge.
 *
 * Shape: as `checkClosed`. Effects: one call of limactl where there are such files, none where there are not.
 */
export async function openDefaults(
  merged: readonly MergedFile[],
  limactl: Limactl,
  signal?: AbortSignal,
  unread: readonly string[] = [],
): Promise<readonly ConfigDeviation[]> {
  const [first] = [...unread, ...merged.map(({ path }) => path)];
  if (first === undefined) return [];
  try {
    const { stdout } = await limactl.call({
      action: "read Lima's own defaults",
      instance: "",
      args: ["template", "copy", "--fill", "-", "-"],
      kind: "read",
      timeoutMs: LIMIT_MS,
      signal,
      stdin: JSON.stringify(CLOSED),
    });
    const resolved: unknown = parse(stdout, { logLevel: "silent" });
    return checkClosed({ resolved: isFields(resolved) ? resolved : {}, raw: CLOSED, rawPath: "", merged });
  } catch (error) {
    // A limactl that is missing or too old is said by the call that lists; this one would only say it second.
    if (!(error instanceof LimaError) || !/^LIMA_(CONFIG|FAILED)$/.test(error.code)) throw error;
    return [{ key: "_config", found: escapeLine(error.message), expected: "what Lima can read", file: first }];
  }
}
