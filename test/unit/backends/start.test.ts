import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BACKENDS, backendOf } from "../../../src/backends/registry.js";

/* How each agent is started, as its own docs and docs/testing.md, "Streams of agents", have it. */

const FRESH = { prompt: "-x fix it", conversation: null, isYolo: false, model: null };
const argvOf = (
  name: string,
  more: Partial<typeof FRESH | { conversation: string; isYolo: true; model: string }> = {},
) =>
  backendOf(name)
    ?.start({ ...FRESH, ...more })
    .argv.join(" ");
const AGAIN = { conversation: "c-1", isYolo: true, model: "m-1" } as const;

describe("an agent is started", () => {
  it.each([
    ["claude", "claude -p --output-format stream-json --verbose --permission-mode acceptEdits -- -x fix it"],
    ["codex", 'codex exec --json --skip-git-repo-check -c sandbox_mode="workspace-write" -- -x fix it'],
    ["gemini", "gemini -o stream-json --skip-trust --approval-mode auto_edit --prompt=-x fix it"],
    ["opencode", "opencode run --format json --title limaform -- -x fix it"],
  ])("in its safest unattended mode, its prompt never taken for a flag (%s)", (name, argv) => {
    expect(argvOf(name)).toBe(argv);
  });

  it.each([
    ["claude", /--dangerously-skip-permissions --model m-1 --resume c-1 -- /u],
    ["codex", /^codex exec resume --json .*--dangerously-bypass-approvals-and-sandbox -m m-1 c-1 -- /u],
    ["gemini", /--approval-mode yolo -m m-1 --resume c-1 --prompt=/u],
    ["opencode", /--auto -m m-1 --session c-1 -- /u],
  ])("with all permissions, on its conversation, with the model that was asked for (%s)", (name, argv) => {
    expect(argvOf(name, AGAIN)).toMatch(argv);
    expect(argvOf(name, AGAIN)).not.toMatch(/acceptEdits|workspace-write|auto_edit/u);
  });

  it("without a shell where OpenCode may not be asked, and with one where it may do all", () => {
    expect(backendOf("opencode")?.start(FRESH).env).toEqual({ OPENCODE_PERMISSION: '{"bash":"deny"}' });
    expect(backendOf("opencode")?.start({ ...FRESH, isYolo: true }).env).toEqual({});
  });

  it("by a backend that brings streams of its real program: a success, a refused key, a limit, a failing server", () => {
    const streams = readdirSync(new URL("../../fixtures/streams/", import.meta.url));
    for (const { name } of BACKENDS) {
      for (const how of ["ok", "401", "429", "500"]) expect(streams).toContain(`${name}-${how}.jsonl`);
    }
  });
});
