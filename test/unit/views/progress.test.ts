import { describe, expect, it } from "vitest";
import type { LimaformEvent } from "../../../src/events/event.js";
import type { Detail } from "../../../src/views/human/event-lines.js";
import { liveProgress } from "../../../src/views/human/live-progress.js";
import { plainProgress } from "../../../src/views/human/plain-progress.js";
import { foldProgress, NO_PROGRESS } from "../../../src/views/human/progress.js";
import { FakeOutput, FakeTicker, screenOf } from "./fake-output.js";
import { recorded } from "./recorded.js";

const events = recorded("apply-one-fails");

function plainText(detail: Detail): string {
  const output = new FakeOutput();
  const view = plainProgress(output, detail);
  for (const event of events) view.onEvent(event);
  view.close();
  return output.text;
}

/** Replays the stream in its own time on a terminal. */
function replay(output: FakeOutput, ticker: FakeTicker, until: number): ReturnType<typeof liveProgress> {
  const view = liveProgress(output, ticker, "normal");
  let before = Date.parse(events[0]?.at ?? "");
  for (const event of events.slice(0, until)) {
    ticker.pass(Date.parse(event.at) - before);
    before = Date.parse(event.at);
    view.onEvent(event);
  }
  ticker.pass(0);
  return view;
}

describe("plainProgress", () => {
  it("writes a line at start and end, and progress at most every 30 s", async () => {
    await expect(plainText("normal")).toMatchFileSnapshot("../../golden/views/apply-plain.txt");
  });

  it("writes problems only with quiet", () => {
    expect(plainText("quiet")).toBe(
      "✗ start worker.default[1] failed after 1m 0s: limactl start ended with 1\n" +
        "- push binding.default[1] skipped: start worker.default[1] failed\n",
    );
  });

  it("writes escaped log lines with verbose", () => {
    expect(plainText("verbose")).toContain("  worker.default[1] | boot \\x1b[31mred\n");
  });
});

describe("liveProgress", () => {
  it("keeps what ended as lines and shows what runs below, with its time and last progress", () => {
    const output = new FakeOutput(true);
    replay(output, new FakeTicker(), 8);
    expect(screenOf(output.text, 80)).toEqual([
      "waiting for the lock of apply on this host, pid 41",
      "✓ clone worker.default[1] done in 1s",
      expect.stringMatching(/^. start worker\.default\[1\] {5}30s {2}waiting for SSH$/),
      "  1 of 3 steps ended",
      "",
    ]);
  });

  it("leaves only lasting lines at the end", () => {
    const output = new FakeOutput(true);
    const view = replay(output, new FakeTicker(), events.length);
    view.close();
    expect(screenOf(output.text, 80)).toEqual([
      "waiting for the lock of apply on this host, pid 41",
      "✓ clone worker.default[1] done in 1s",
      "✗ start worker.default[1] failed after 1m 0s: limactl start ended with 1",
      "- push binding.default[1] skipped: start worker.default[1] failed",
      "",
    ]);
  });

  it("writes over changed lines only, in place, and all of it anew after the window changed", () => {
    const output = new FakeOutput(true, false);
    const ticker = new FakeTicker();
    const view = liveProgress(output, ticker, "normal");
    const say = (slot: number, text: string, more: object = {}) =>
      view.onEvent({ v: 1, seq: 0, at: "", run: "", type: "run.worker", slot, state: "working", text, ...more });
    say(2, "two");
    say(1, "one", { tokens: 12_345, costUsd: 0.05 });
    ticker.pass(200);
    const before = output.text;
    say(2, "changed", { task: "t7", state: "limited" });
    ticker.pass(200);
    expect(output.text.slice(before.length)).not.toContain("\u001b[J");
    const [first, second] = screenOf(output.text, 80);
    expect(first).toMatch(/^. worker 1 +0\.4s {2}12\.3k tokens, \$0\.05 {2}one$/u);
    expect(second).toMatch(/^. worker 2 t7 +0\.2s {2}limited {2}changed$/u);
    output.width = 40;
    ticker.pass(200);
    expect(output.text.split("\u001b[J")).toHaveLength(2);
    view.close();
  });

  it("keeps every drawn line on one row of a narrow window", () => {
    const output = new FakeOutput(true);
    output.width = 20;
    replay(output, new FakeTicker(), 8);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const drawn = output.text.split(/\n|\u001b\[\d*[ABJK]\r?/u).filter((line) => line.includes("start worker"));
    expect(drawn.length).toBeGreaterThan(1);
    expect(drawn.every((line) => [...line].length < 20)).toBe(true);
  });

  it("erases the wrapped rows after the window got narrower", () => {
    const output = new FakeOutput(true);
    const ticker = new FakeTicker();
    replay(output, ticker, 8);
    const before = output.text;
    output.width = 25;
    ticker.pass(200);
    const redrawn = output.text.slice(before.length);
    // Two lines of 46 and 21 columns take three rows of 25.
    expect(redrawn.startsWith("\u001b[3A\r\u001b[J")).toBe(true);
  });

  it("shows no more rows than the window has", () => {
    const output = new FakeOutput(true);
    output.height = 6;
    const view = liveProgress(output, new FakeTicker(), "normal");
    for (let slot = 1; slot <= 10; slot += 1) view.onEvent(started(slot));
    const shown = screenOf(output.text, 80).filter((line) => line !== "");
    expect(shown).toHaveLength(4);
    expect(shown.at(-1)).toContain("and 7 more");
  });

  it("draws nothing but problems with quiet", () => {
    const output = new FakeOutput(true);
    const view = liveProgress(output, new FakeTicker(), "quiet");
    view.onEvent(started(1));
    expect(output.text).toBe("");
  });
});

describe("foldProgress", () => {
  it("escapes progress, which may quote a worker", () => {
    const step = { step: "s", verb: "start", address: "worker.default[1]", instance: "w" };
    const event = {
      v: 1,
      seq: 0,
      at: "",
      run: "",
      type: "apply.step.progress",
      text: "\u001b[2J",
      elapsedMs: 1,
      ...step,
    };
    const rows = [{ key: "s", label: "start", startedMs: 0, text: "" }];
    expect(foldProgress({ total: 1, ended: 0, rows }, event as LimaformEvent, 1).rows[0]?.text).toBe("\\x1b[2J");
  });

  it("follows a run on a worker until it ends, and keeps an unreachable one", () => {
    const worker = (state: string) =>
      ({ v: 1, seq: 0, at: "", run: "", type: "run.worker", slot: 2, state, text: state }) as LimaformEvent;
    const working = foldProgress(NO_PROGRESS, worker("working"), 5);
    expect(working.rows).toEqual([{ key: "worker 2", label: "worker 2", startedMs: 5, text: "working" }]);
    const lost = foldProgress(working, worker("unreachable"), 9);
    expect(lost.rows).toEqual([{ key: "worker 2", label: "worker 2", startedMs: 5, text: "unreachable" }]);
    expect(foldProgress(lost, worker("done"), 12).rows).toEqual([]);
  });
});

function started(slot: number): LimaformEvent {
  const address = `worker.default[${slot}]`;
  const step = { step: `start:${address}`, verb: "start", address, instance: `w${slot}` };
  return { v: 1, seq: 0, at: "2026-11-22T10:00:00.000Z", run: "r", type: "apply.step.started", ...step };
}
