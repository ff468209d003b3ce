import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { backendOf } from "../../../src/backends/registry.js";
import { createSummarizer, type StreamSummary } from "../../../src/runs/stream-summary.js";

/* Output of the real programs against the model stub, as test/support/model-stub answers; NAME-CASE.jsonl. */

const FOLDER = new URL("../../fixtures/streams/", import.meta.url);
const text = (name: string): string => readFileSync(new URL(`${name}.jsonl`, FOLDER), "utf8");
const names = readdirSync(FOLDER).map((file) => file.replace(/\.jsonl$/u, ""));

function summaryOf(name: string, stream: string): StreamSummary {
  const backend = backendOf(name.split("-")[0] ?? "");
  if (backend === null) throw new Error(`no backend for ${name}`);
  const summarizer = createSummarizer(backend.createReader());
  for (const line of stream.split("\n")) summarizer.add(line, "stdout");
  return summarizer.atEnd();
}

describe("recorded streams", () => {
  it.each(names.filter((name) => name.endsWith("-ok")))(
    "%s: conversation, tool, tokens and result are read",
    (name) => {
      const summary = summaryOf(name, text(name));
      expect(summary.result).toMatchObject({ isOk: true, text: "All done.", failure: null });
      expect(summary).toMatchObject({ toolCalls: 1, openTools: [], denied: [] });
      expect(summary.conversation).toMatch(/^\S{8,}$/u);
      expect(summary.tokens?.input).toBeGreaterThan(0);
      expect(summary.costUsd !== null).toBe(backendOf(name.split("-")[0] ?? "")?.tellsCost);
    },
  );

  it.each(names.filter((name) => name.endsWith("-401")))("%s: a refused key is told from other failures", (name) => {
    expect(summaryOf(name, text(name)).result).toMatchObject({ isOk: false, failure: "credentials" });
  });

  it.each(names.filter((name) => /-(?:429|quota)$/u.test(name)))("%s: a limit is told from other failures", (name) => {
    expect(summaryOf(name, text(name)).result).toMatchObject({ isOk: false, failure: "rate_limit" });
  });

  it.each(names.filter((name) => name.endsWith("-500")))("%s: a failing server is the agent's error", (name) => {
    expect(summaryOf(name, text(name)).result).toMatchObject({ isOk: false, failure: "agent_error" });
  });

  it.each(names.filter((name) => name.endsWith("-hang")))("%s: silence is no result", (name) => {
    expect(summaryOf(name, text(name)).result).toBeNull();
  });

  it.each(names.filter((name) => name.endsWith("-loop")))("%s: a circle of tools is no success", (name) => {
    const summary = summaryOf(name, text(name));
    expect(summary.toolCalls).toBeGreaterThan(1);
    expect(summary.result?.isOk ?? false).toBe(false);
  });

  it("opencode-denied: a tool that a rule took away counts as denied, by its own name", () => {
    const summary = summaryOf("opencode-denied", text("opencode-denied"));
    expect(summary.result?.isOk).toBe(true);
    expect(summary.denied).toEqual(["bash"]);
  });

  it("gemini-loop: ended by the program itself for turning in a circle, though it reports success", () => {
    const { result } = summaryOf("gemini-loop", text("gemini-loop"));
    expect(result).toMatchObject({ isOk: false, failure: "agent_error", text: "Loop detected, stopping execution" });
  });

  it("claude-denied: a denied tool is seen although the agent reports success", () => {
    const summary = summaryOf("claude-denied", text("claude-denied"));
    expect(summary.result?.isOk).toBe(true);
    expect(summary.denied).toEqual(["Bash"]);
  });

  it("gemini-denied: a tool that was not offered counts as denied", () => {
    const summary = summaryOf("gemini-denied", text("gemini-denied"));
    expect(summary.result?.isOk).toBe(true);
    expect(summary.denied).toEqual(["run_shell_command"]);
  });

  it("claude-429: it waits for its model between tries, and ends for the limit", () => {
    const whole = text("claude-429");
    const tries = whole.slice(0, whole.indexOf("\n", whole.indexOf("api_retry")) + 1);
    expect(summaryOf("claude-429", tries).waitsForModel).toMatchObject({ kind: "limited" });
    expect(summaryOf("claude-429", whole).result).toMatchObject({ isOk: false, failure: "rate_limit" });
  });

  it.each(names)("%s: cut at any byte it is no success before its last line, and never an error", (name) => {
    const whole = text(name);
    const last = whole.trimEnd().lastIndexOf("\n") + 1;
    const step = Math.max(1, Math.floor(whole.length / 400));
    for (let at = 0; at < whole.length; at += step) {
      const { result } = summaryOf(name, whole.slice(0, at));
      if (at <= last) expect(result?.isOk ?? false).toBe(false);
    }
  });
});
