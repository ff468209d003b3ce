import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { createPrompt } from "../../../src/adapters/prompt.js";

function scene(signal?: AbortSignal) {
  const input = new PassThrough();
  const output = new PassThrough();
  const prompt = createPrompt({ input, output, ...(signal === undefined ? {} : { signal }) });
  return { input, output, prompt };
}

it.each([
  ["yes", true],
  ["y", false],
  ["YES", false],
  ["yes ", false],
  ["", false],
])("takes %j for %s", async (typed, expected) => {
  const { input, output, prompt } = scene();
  const answer = prompt.confirm("Apply this plan?");
  input.write(`${typed}\n`);
  expect(await answer).toBe(expected);
  expect(output.read()?.toString()).toBe('Apply this plan? Only "yes" is accepted: ');
});

it("takes the end of the input for no", async () => {
  const { input, prompt } = scene();
  const answer = prompt.confirm("?");
  input.end();
  expect(await answer).toBe(false);
});

it("gives up with the reason when it is interrupted", async () => {
  const stop = new AbortController();
  const { prompt } = scene(stop.signal);
  const answer = prompt.confirm("?");
  stop.abort(new Error("SIGINT"));
  await expect(answer).rejects.toThrow("SIGINT");
});

it("is interactive only where both ends are terminals", () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  expect(scene().prompt.isInteractive).toBe(false);
  expect(createPrompt({ input: terminal, output: new PassThrough() }).isInteractive).toBe(false);
  expect(createPrompt({ input: terminal, output: terminal }).isInteractive).toBe(true);
});
