import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLimaAdapter, type LimaAdapter } from "../../src/adapters/lima/adapter.js";
import { createLimaReader } from "../../src/adapters/lima/reader.js";
import { createGuest } from "../../src/adapters/ssh/guest.js";
import type { Guest } from "../../src/ports/guest.js";
import type { Clock } from "../../src/ports/host.js";
import { encodeMarks } from "../../src/record/marks-codec.js";
import { renderTemplate } from "../../src/resources/image/template.js";
import type { Marks } from "../../src/world/marks.js";

const FAKE_BIN = fileURLToPath(new URL("../fixtures/fake-lima/bin", import.meta.url));
export const MIB = 1024 ** 2;

export type LimaKind = "fake" | "real";

/** A LIMA_HOME of its own, the adapter on it, and what a test needs around them. */
export interface LimaWorld {
  readonly home: string;
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
  readonly lima: LimaAdapter;
  readonly guest: Guest;
  readonly options: { readonly signal: AbortSignal; readonly timeoutMs: number };
  /** Calls limactl past the adapter, as a user at the terminal would. */
  limactl(...args: readonly string[]): {
    readonly exitCode: number | null;
    readonly stdout: string;
    readonly stderr: string;
  };
  /** Settings and faults of the fake; see test/fixtures/fake-lima/README.md. */
  configure(config: object): Promise<void>;
  /** Calls that the fake has seen. */
  calls(): Promise<readonly FakeCall[]>;
  /** Another adapter on the same home: what a second process would see. */
  again(): LimaAdapter;
  cleanUp(): Promise<void>;
}

export interface FakeCall {
  readonly verb: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Why real Lima cannot be used here; null where it can. */
export function realLimaMissing(): string | null {
  const found = spawnSync("limactl", ["--version"], { encoding: "utf8" });
  if (found.error !== undefined) return "limactl is not on the PATH";
  return found.status === 0 ? null : `limactl --version: ${found.stderr.trim()}`;
}

export async function makeLimaWorld(kind: LimaKind, options: { readonly graceMs?: number } = {}): Promise<LimaWorld> {
  if (process.geteuid?.() === 0)
    throw new Error("Lima refuses root: run these tests as an ordinary user (make test does)");
  // Short: the paths of sockets under it are limited.
  const home = await realpath(await mkdtemp("/tmp/lf-"));
  const path = process.env.PATH ?? "/usr/bin:/bin";
  const env = {
    PATH: kind === "fake" ? `${FAKE_BIN}${delimiter}${path}` : path,
    HOME: process.env.HOME ?? "/tmp",
    LIMA_HOME: home,
    // No KVM probe, and the word that the adapter takes for emulation.
    QEMU_SYSTEM_X86_64: process.env.QEMU_SYSTEM_X86_64 ?? "qemu-system-x86_64 -machine q35,accel=tcg -cpu max,-cx16",
    XDG_RUNTIME_DIR: "",
  };
  const state = join(home, "_limaform", "shop");
  const again = (): LimaAdapter =>
    createLimaAdapter(
      createLimaReader({ home, env, invocation: ["limaform", "plan"], bootId: async () => "test-boot" }),
      { state, env, ...options },
    );
  const lima = again();
  const configure = async (config: object): Promise<void> => {
    await mkdir(join(home, "_fake"), { recursive: true });
    await writeFile(join(home, "_fake", "config.json"), JSON.stringify({ ownerPid: process.pid, ...config }));
  };
  if (kind === "fake") await configure({});
  return {
    home,
    state,
    env,
    lima,
    again,
    configure,
    guest: createGuest({ home, env, files: lima.files, clock: testClock, reader: lima.reader }),
    options: { signal: new AbortController().signal, timeoutMs: 60_000 },
    limactl(...args) {
      const { status, stdout, stderr } = spawnSync("limactl", ["--tty=false", ...args], {
        env,
        encoding: "utf8",
        cwd: "/tmp",
      });
      return { exitCode: status, stdout, stderr };
    },
    async calls() {
      const file = join(home, "_fake", "calls.ndjson");
      if (!existsSync(file)) return [];
      const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
      return lines.map((line) => JSON.parse(line));
    },
    async cleanUp() {
      // A half-made clone may hold a folder that nobody may look into.
      execFileSync("chmod", ["-R", "u+rwX", home]);
      await killLeftovers(home);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Ends what the pid files of this home name: a failed test may leave VMs behind. */
async function killLeftovers(home: string): Promise<void> {
  const files = (await readdir(home, { recursive: true })).filter((name) => /^[^_.][^/]*\/[^/]+\.pid$/.test(name));
  for (const file of files) {
    const pid = Number((await readFile(join(home, file), "utf8")).trim());
    const { stdout } = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    if (stdout.includes(home)) process.kill(pid, "SIGKILL");
  }
}

export const testClock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
  randomHex: (digits) => "0".repeat(digits),
};

export function marks(name: string, extra: Partial<Marks> = {}): Marks {
  const isWorker = /-worker-/.test(name);
  return {
    format: 1,
    project: "shop",
    owner: "0123456789ab",
    role: isWorker ? "worker" : "image",
    address: isWorker ? "worker.default[1]" : "image.tools",
    name,
    slot: isWorker ? 1 : 0,
    revision: "abcdef",
    image: "",
    sealed: "",
    hold: "",
    applied: null,
    ...extra,
  };
}

/** Template of an instance that cannot boot: an ordinary small file for an image, a tiny disk. */
export function dummyTemplate(
  name: string,
  extra: { readonly image?: string; readonly kernel?: string; readonly marks?: Partial<Marks> } = {},
): string {
  return renderTemplate({
    params: encodeMarks(marks(name, extra.marks)),
    entry: {
      location: extra.image ?? "/etc/profile",
      arch: process.arch === "arm64" ? "aarch64" : "x86_64",
      digest: null,
      kernel: extra.kernel ?? null,
      initrd: extra.kernel ?? null,
      cmdline: null,
    },
    vmType: "qemu",
    cpus: 1,
    memoryBytes: 256 * MIB,
    diskBytes: MIB,
    user: "agent",
  });
}
