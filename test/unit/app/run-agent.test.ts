import { describe, expect, it } from "vitest";
import { agentOf, programOf } from "../../../src/app/run-agent.js";

const choice = (name: string | null) => ({ name, isYolo: false, model: null, conversation: null });
const MINE = { mine: { command: ["mine", "--say={prompt}", "{prompt}"] }, other: { command: ["other"] } };

describe("who works", () => {
  it("is the one that was named, else run.agent, else the first of agents", () => {
    const agents = { codex: {}, claude: {} };
    expect(agentOf(choice("gemini"), { agents }).backend?.name).toBe("gemini");
    expect(agentOf(choice(null), { agents, "run.agent": "claude" }).backend?.name).toBe("claude");
    expect(agentOf(choice(null), { agents }).backend?.name).toBe("codex");
    expect(() => agentOf(choice(null), { agents: {} })).toThrow(/names no agent/u);
  });

  it("is guessed at, or named among all, where there is none of that name", () => {
    const thrown = (name: string) => {
      try {
        return agentOf(choice(name), { agents: MINE });
      } catch (error) {
        return error;
      }
    };
    expect(thrown("cluade")).toMatchObject({ code: "RUN_NO_AGENT", hint: "did you mean claude?" });
    expect(thrown("zzzzzz")).toMatchObject({ hint: "known: mine, other, claude, codex, gemini, opencode" });
  });

  it("gets no key of another agent; one of its own, a command, and everybody else's secrets it does", () => {
    const claude = agentOf(choice("claude"), {});
    expect(["ANTHROPIC_API_KEY", "DEPLOY_TOKEN", "CODEX_API_KEY", "GEMINI_API_KEY"].map(claude.mayHave)).toEqual([
      ...[true, true, false, false],
    ]);
    expect(agentOf(null, {}).mayHave("CODEX_API_KEY")).toBe(true);
    expect(agentOf(choice("mine"), { agents: MINE }).mayHave("CODEX_API_KEY")).toBe(true);
  });
});

describe("what a part starts", () => {
  const started = (name: string, prompt: string) =>
    programOf(agentOf(choice(name), { agents: MINE }), { prompt, argv: [] });

  it("is the spec's own command with the prompt in its place, or last, byte for byte", () => {
    const prompt = "say $& and {prompt}\n\u001b[31m";
    expect(started("mine", prompt)).toEqual({ agent: null, argv: ["mine", `--say=${prompt}`, prompt], env: {} });
    expect(started("other", prompt).argv).toEqual(["other", prompt]);
  });

  it("is the command as typed where no agent is asked", () => {
    expect(programOf(agentOf(null, {}), { prompt: "", argv: ["make", "{prompt}"] }).argv).toEqual(["make", "{prompt}"]);
  });

  it.each([
    ["", /is empty/u, /what is to be done/u],
    [" \n", /is empty/u, /what is to be done/u],
    ["a\0b", /NUL/u, /into a file/u],
    ["é".repeat(60 * 1024 + 1), /longer than 120 KiB/u, /into a file/u],
  ])("is refused for a prompt that cannot be given", (prompt, message, hint) => {
    expect(() => started("mine", prompt)).toThrow(
      expect.objectContaining({
        code: "RUN_PROMPT_INVALID",
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    );
    expect(() => started("mine", "é".repeat(60 * 1024))).not.toThrow();
  });
});
