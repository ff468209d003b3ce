import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createClock } from "../../src/adapters/clock.js";
import { createRuns } from "../../src/adapters/runs/runs.js";
import { createStore } from "../../src/adapters/store/store.js";
import { BACKENDS } from "../../src/backends/registry.js";
import { MODELS, programOf, settle } from "../support/host-agent.js";
import { makeLocalGuest } from "../support/local-guest.js";
import { type ModelStub, startModelStub } from "../support/model-stub/server.js";

/*
 * The real agents in a local guest, each with a tool that prints its key: afterwards the key is nowhere in the guest, also not
 * in the agent's own transcripts and databases, and the conversation goes on all the same.
 */

const KEY = "sk-very-secret-key-0123456789";
const ALSO = Buffer.from(KEY).toString("base64").slice(0, 30);

let stub: ModelStub;
beforeAll(async () => {
  stub = await startModelStub();
  for (const backend of BACKENDS) await programOf(backend);
});
afterAll(() => stub?.close());

it.concurrent.each(BACKENDS.map((backend) => [backend.title, backend] as const))("%s", async (_title, backend) => {
  const guest = await makeLocalGuest();
  const state = await mkdtemp(join(tmpdir(), "limaform-keeps-"));
  try {
    const clock = createClock();
    const runs = createRuns({
      ...{ guest, clock, store: createStore({ root: state, clock }), readerOf: () => backend.createReader },
      ...{ runsFolder: join(guest.home, "runs"), memoryFolder: join(guest.home, "memory") },
    });
    await guest.sh("git init -q project");
    const [program = "", ...first] = await programOf(backend);
    const call = { signal: new AbortController().signal, timeoutMs: 120_000 };
    const go = async (run: string, mode: string, conversation: string | null) => {
      const env = await settle(backend, { home: guest.home, url: stub.url(mode) });
      const start = backend.start({ prompt: "Do it", conversation, isYolo: true, model: MODELS[backend.name] ?? null });
      const name = backend.secretEnv[0] ?? "";
      await runs.start(
        {
          ...{ run, slot: 1, instance: "w", argv: [program, ...first, ...start.argv.slice(1)], cwd: "~/project" },
          env: {
            ...Object.fromEntries(Object.entries(env).filter(([key]) => key !== name)),
            ...backend.env,
            ...start.env,
          },
          ...{ timeoutMs: 300_000, base: null, agent: backend.name, hooks: { before: null, after: null }, label: null },
          secrets: [...new Set([name, "ANTHROPIC_API_KEY"])].map((each) => ({ name: each, value: KEY })),
          ...{ stateFolders: backend.stateFolders, stuckAfterMs: 600_000 },
        },
        call,
      );
      return runs.follow({ run, slot: 1, instance: "w" }, { ...call, unreachableAfterMs: 60_000 });
    };
    const told = await go("20260102-030405-aaaa", "print", null);
    expect(told).toMatchObject({ state: "done", toolCalls: 1 });
    expect(Number(await guest.sh("cat runs/20260102-030405-aaaa/scrubbed"))).toBeGreaterThan(0);
    const found = execFileSync("sh", ["-c", 'grep -rlaF -e "$1" -e "$2" "$0" || :', guest.home, KEY, ALSO]);
    expect(found.toString()).toBe("");
    const next = await go("20260102-030405-bbbb", "text", told.conversation);
    expect(next).toMatchObject({ state: "done", resultText: "All done.", conversation: told.conversation });
  } finally {
    await guest.close();
    await rm(state, { recursive: true, force: true });
  }
});
