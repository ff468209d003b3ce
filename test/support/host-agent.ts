import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Backend } from "../../src/backends/backend.js";
import { judge, type RunJudgement } from "../../src/runs/state.js";
import { createSummarizer, type StreamSummary } from "../../src/runs/stream-summary.js";
import type { ModelStub } from "./model-stub/server.js";
import { evidenceOf } from "./run-builders.js";

/*
 * The real agents on this host, each in a home folder and a repository of its own, with the model stub for a model. They
 * come from this machine's npm, at the versions that the recorded streams are of, and stay in the set-up's cache.
 */

export const VERSIONS = { claude: "2.1.330", codex: "0.169.0", gemini: "0.61.0", opencode: "1.18.33" } as const;
export type AgentName = keyof typeof VERSIONS;

/** The program of an agent, fetched where it is not there yet. */
export async function programOf(backend: Backend): Promise<readonly string[]> {
  const version = VERSIONS[backend.name as AgentName];
  const { install } = backend;
  if (install === null) throw new Error(`${backend.name} has no package`);
  const native = install.platform?.[process.arch === "arm64" ? "aarch64" : "x86_64"];
  const name = native?.package ?? install.package;
  const cache = process.env.LF_DOWNLOADS ?? join(tmpdir(), "limaform-agents");
  const folder = join(cache, "agents", `${backend.name}-${version}`);
  if (!existsSync(folder)) await fetchPackage(`${name}@${version}${native?.versionSuffix ?? ""}`, folder);
  const program = join(folder, native?.program ?? install.program ?? "");
  return native === undefined ? [process.execPath, program] : [program];
}

async function fetchPackage(wanted: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const fetched = await mkdtemp(`${folder}.`);
  const [{ filename = "" } = {}] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--loglevel=error", wanted], { cwd: fetched, encoding: "utf8" }),
  ) as { filename?: string }[];
  execFileSync("tar", ["-xzf", filename], { cwd: fetched });
  await rename(join(fetched, "package"), folder);
  await rm(fetched, { recursive: true });
}

export interface HostRun {
  /** Of its standard output. */
  readonly lines: readonly string[];
  /** The end of all that it printed, for people. */
  readonly tail: string;
  readonly summary: StreamSummary;
  /** As a worker would show it: `timeout` where it was killed at the limit. */
  readonly end: RunJudgement;
  /** What the output up to the kill would say in a worker in which nothing moved for an hour; null where it ended by itself. */
  readonly live: RunJudgement | null;
  readonly exitCode: number | null;
  readonly commits: number;
  readonly asked: number;
}

export interface HostCase {
  /** Of the stub. */
  readonly mode: string;
  readonly isYolo?: boolean;
  /** Units: ms. */
  readonly limitMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const KEY = "stub-key";
const STUCK_MS = 600_000;

/** Runs an agent once, unattended, as a worker would: no standard input, a process group that ends as a whole. */
export async function runOnHost(backend: Backend, stub: ModelStub, given: HostCase): Promise<HostRun> {
  const { mode, isYolo = true, limitMs = 300_000 } = given;
  const scene = await mkdtemp(join(tmpdir(), `lf-${backend.name}-`));
  try {
    const home = join(scene, "home");
    const project = join(scene, "project");
    await mkdir(project, { recursive: true });
    const git = (...args: string[]) => execFileSync("git", ["-C", project, ...args], { encoding: "utf8" });
    git("init", "-q");
    git("-c", "user.name=T", "-c", "user.email=t@example.invalid", "commit", "-q", "--allow-empty", "-m", "base");
    const environment = await settle(backend, { home, url: stub.url(mode) });
    const started = backend.start({ prompt: "Do it", conversation: null, isYolo, model: MODELS[backend.name] ?? null });
    const [, ...args] = started.argv;
    const [program = "", ...first] = await programOf(backend);
    const before = stub.asked.length;
    const ran = await follow([program, ...first, ...args], {
      cwd: project,
      env: { ...environment, ...backend.env, ...started.env, ...given.env },
      limitMs,
    });
    const summarizer = createSummarizer(backend.createReader());
    for (const { line, from } of ran.lines) summarizer.add(line, from);
    const summary = ran.isKilled ? summarizer.now() : summarizer.atEnd();
    const at = "2026-01-02T03:05:05Z";
    const ended = ran.isKilled
      ? evidenceOf({ end: { at, result: "timeout", how: "killed", status: "KILL" } })
      : evidenceOf({
          exit: { at, exitCode: ran.exitCode ?? 255 },
          end: { at, result: "success", how: "exited", status: String(ran.exitCode) },
        });
    const rules = { summary, stuckAfterMs: STUCK_MS };
    const still = evidenceOf({ unit: "active", now: "2026-01-02T04:05:05Z" });
    return {
      lines: ran.lines.filter(({ from }) => from === "stdout").map(({ line }) => line),
      tail: ran.lines
        .map(({ line }) => line)
        .join("\n")
        .slice(-2_000),
      summary,
      end: judge(ended, rules),
      live: ran.isKilled ? judge(still, rules) : null,
      exitCode: ran.exitCode,
      commits: Number(git("rev-list", "--count", "HEAD")) - 1,
      asked: stub.asked.slice(before).filter((one) => one.mode === mode).length,
    };
  } finally {
    await rm(scene, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const MODELS: Readonly<Record<string, string>> = { gemini: "gemini-2.5-pro", opencode: "gw/m1", codex: "gpt-5" };

/** Its own settings of the image, and those that point it at the stub; gives the environment. */
export async function settle(backend: Backend, { home, url }: { readonly home: string; readonly url: string }) {
  for (const { path, text } of backend.files) {
    // Gemini believes its system file only where root owns it, as in an image; here its user's must do.
    const file = path.startsWith("~/") ? join(home, path.slice(2)) : join(home, ".gemini/settings.json");
    await mkdir(dirname(file), { recursive: true });
    const more = backend.name === "codex" ? codexProvider(url) : "";
    await writeFile(file, `${text}${more}`);
  }
  return {
    ...{ PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: home, LANG: "C.UTF-8", NO_PROXY: "127.0.0.1" },
    ...Object.fromEntries(backend.secretEnv.slice(0, 1).map((name) => [name, KEY])),
    ...(backend.baseUrlEnv === null ? {} : { [backend.baseUrlEnv]: url }),
    ...(backend.name === "opencode" ? { OPENCODE_CONFIG_CONTENT: JSON.stringify(opencodeProvider(url)) } : {}),
  };
}

const codexProvider = (url: string): string => `
model_provider = "gw"
approval_policy = "never"
[model_providers.gw]
name = "gw"
base_url = "${url}/v1"
env_key = "CODEX_API_KEY"
wire_api = "responses"
supports_websockets = false
`;

const opencodeProvider = (url: string) => ({
  enabled_providers: ["gw"],
  small_model: "gw/m1",
  provider: {
    gw: {
      ...{ npm: "@ai-sdk/openai-compatible", name: "gw", options: { baseURL: `${url}/v1`, apiKey: KEY } },
      models: {
        m1: { name: "m1", tool_call: true, limit: { context: 100_000, output: 8_000 }, cost: { input: 5, output: 25 } },
      },
    },
  },
});

interface Followed {
  readonly lines: readonly { readonly line: string; readonly from: "stdout" | "stderr" }[];
  readonly exitCode: number | null;
  readonly isKilled: boolean;
}

function follow(
  [program = "", ...args]: readonly string[],
  { cwd, env, limitMs }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly limitMs: number },
): Promise<Followed> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const lines: { line: string; from: "stdout" | "stderr" }[] = [];
    for (const from of ["stdout", "stderr"] as const) {
      let rest = "";
      child[from].setEncoding("utf8").on("data", (chunk: string) => {
        const parts = `${rest}${chunk}`.split("\n");
        rest = parts.pop() ?? "";
        lines.push(...parts.map((line) => ({ line, from })));
      });
    }
    let isKilled = false;
    const limit = setTimeout(() => {
      isKilled = true;
      killGroup(child.pid);
    }, limitMs);
    child.on("error", reject);
    child.on("exit", () => killGroup(child.pid));
    child.on("close", (exitCode) => {
      clearTimeout(limit);
      resolve({ lines, exitCode, isKilled });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
