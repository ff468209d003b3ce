import { describe, expect, it } from "vitest";
import { LockBusyError } from "../../../src/errors/errors.js";
import { createEmitter } from "../../../src/events/emitter.js";
import { toErrorDocument } from "../../../src/events/error-document.js";
import type { Emit, LimaformEvent } from "../../../src/events/event.js";

const clock = { now: () => "2026-11-01T00:00:00.000Z" };
const log = (text: string) => ({ type: "log", level: "info", text }) as const;
const textsOf = (events: readonly LimaformEvent[]) =>
  events.map((event) => ("text" in event ? event.text : event.type));

describe("createEmitter", () => {
  it("gives each body its envelope, counting from 0 without gaps", () => {
    const seen: LimaformEvent[] = [];
    const emit = createEmitter({ clock, run: "r1", sinks: [(event) => seen.push(event)] });
    emit(log("a"));
    emit(log("b"));
    expect(seen).toEqual([
      { v: 1, seq: 0, at: clock.now(), run: "r1", ...log("a") },
      { v: 1, seq: 1, at: clock.now(), run: "r1", ...log("b") },
    ]);
  });

  it("keeps one order for all sinks when a sink itself emits", () => {
    const first: LimaformEvent[] = [];
    const second: LimaformEvent[] = [];
    const emit: Emit = createEmitter({
      clock,
      run: "r1",
      sinks: [
        (event) => {
          first.push(event);
          if (event.seq === 0) emit(log("nested"));
        },
        (event) => second.push(event),
      ],
    });
    emit(log("outer"));
    expect(textsOf(first)).toEqual(["outer", "nested"]);
    expect(second).toEqual(first);
  });

  it("leaves a sink out that throws, and tells the others", () => {
    const seen: LimaformEvent[] = [];
    const broken = () => {
      throw new Error("pipe closed");
    };
    const emit = createEmitter({ clock, run: "r1", sinks: [broken, (event) => seen.push(event)] });
    emit(log("a"));
    emit(log("b"));
    expect(textsOf(seen)).toEqual(["a", "one output of events was given up: pipe closed", "b"]);
  });

  it("keeps run.completed the last event", () => {
    const seen: LimaformEvent[] = [];
    const emit = createEmitter({ clock, run: "r1", sinks: [(event) => seen.push(event)] });
    emit({ type: "run.completed", verdict: "done", exitCode: 0, elapsedMs: 1 });
    emit(log("late"));
    expect(textsOf(seen)).toEqual(["run.completed"]);
  });
});

describe("toErrorDocument", () => {
  it("carries code, message, hint and details of an expected failure", () => {
    const error = new LockBusyError("LOCK_BUSY", "busy", { hint: "wait", details: { pid: 4 } });
    expect(toErrorDocument(error)).toEqual({ code: "LOCK_BUSY", message: "busy", hint: "wait", details: { pid: 4 } });
  });

  it("calls anything else a bug and asks for a report", () => {
    expect(toErrorDocument(new TypeError("x is undefined"))).toMatchObject({
      code: "BUG_INTERNAL",
      message: "unexpected failure: TypeError: x is undefined",
      hint: expect.stringContaining("report"),
    });
  });
});
