import { describe, expect, it } from "vitest";
import { createClaudeReader } from "../../../src/backends/claude-stream.js";
import { createTranscriptWriter, readEntry } from "../../../src/runs/transcript.js";

const of = (event: object): string => JSON.stringify(event);

describe("a transcript", () => {
  it("of a command is its lines, each with its stream, and no control character", () => {
    const writer = createTranscriptWriter(null);
    expect(writer.add("said\r", "stdout")).toEqual([" said"]);
    expect(writer.add("", "stdout")).toEqual([" "]);
    expect(writer.add("\u001b[2J\u0007gone\u202e", "stderr")).toEqual(["!\\x1b[2J\\x07gone\\u202e"]);
  });

  it("of an agent tells what it said and did, not its protocol", () => {
    const writer = createTranscriptWriter(createClaudeReader());
    const tool = { type: "tool_use", id: "a", name: "Bash", input: { command: "npm test" } };
    const lines = [
      of({ type: "system", subtype: "init", session_id: "s", model: "m" }),
      of({ type: "assistant", message: { id: "1", content: [{ type: "text", text: "I look.\nThen I act." }] } }),
      of({ type: "assistant", message: { id: "2", content: [tool] } }),
      of({ type: "user", message: { content: [{ type: "tool_result", tool_use_id: "a", is_error: true }] } }),
      of({ type: "system", subtype: "api_retry", attempt: 1, max_retries: 10, error: "rate_limit", error_status: 429 }),
      of({ type: "unheard_of", secret: 1 }),
      "a warning that is no JSON",
      of({ type: "result", subtype: "success", is_error: false, result: "All done.\u001b[31m" }),
    ];
    expect(lines.flatMap((line) => writer.add(line, "stdout"))).toEqual([
      " I look.",
      " Then I act.",
      ">Bash: npm test",
      "xBash failed",
      "~rate_limit (429), try 1 of 10",
      " a warning that is no JSON",
      "=done: All done.\\x1b[31m",
    ]);
  });

  it("is read line by line, and a file that somebody changed does no harm", () => {
    expect(readEntry(">Bash: ls")).toEqual({ sign: ">", text: "Bash: ls" });
    expect(readEntry("\u001b[2J")).toEqual({ sign: "#", text: "\\x1b[2J" });
  });
});
