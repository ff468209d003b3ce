import { appendFile, mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClock } from "../../src/adapters/clock.js";
import { thisHost } from "../../src/adapters/lock/host.js";
import { createLock } from "../../src/adapters/lock/lock.js";
import { openTranscript } from "../../src/adapters/runs/transcript.js";
import { createTranscripts } from "../../src/adapters/runs/transcripts.js";
import { createStore } from "../../src/adapters/store/store.js";
import { createClaudeReader } from "../../src/backends/claude-stream.js";
import type { RunRecord } from "../../src/ports/runs.js";

describe("the transcript beside the raw output", () => {
  let state: string;
  let seconds = 0;
  const folder = "runs/20260102-030405-abcd/1";
  const file = (name: string) => join(state, folder, name);
  const at = async (isAgent = false) => {
    let count = 0;
    const store = createStore({ root: state, clock: { randomHex: (digits) => String(++count).padStart(digits, "0") } });
    const clock = { now: () => `2026-01-02T03:04:0${seconds++}.000Z` };
    return openTranscript({ store, clock, folder, createReader: isAgent ? createClaudeReader : null });
  };
  const text = async () => (await readFile(file("transcript.log"), "utf8")).replaceAll(/^@.*\n/gmu, "@\n");
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), "limaform-transcript-"));
    seconds = 0;
    await at();
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  it("goes on line by line as output comes, and tells when", async () => {
    const transcript = await at();
    await writeFile(file("stdout.log"), "one\ntw");
    await transcript.catchUp({ isEnded: false });
    await appendFile(file("stdout.log"), "o\n");
    await writeFile(file("stderr.log"), "oh\n");
    await transcript.catchUp({ isEnded: false });
    await transcript.catchUp({ isEnded: true });
    expect(await text()).toBe("@\n one\n@\n two\n!oh\n");
    expect(await readFile(file("transcript.log"), "utf8")).toMatch(/^@2026-01-02T03:04:0/u);
  });

  it("says a last line without end once the run has ended, and never cuts a character in two", async () => {
    const transcript = await at();
    await writeFile(file("stdout.log"), Buffer.from("grün").subarray(0, 3));
    await transcript.catchUp({ isEnded: false });
    await writeFile(file("stdout.log"), "grün");
    await transcript.catchUp({ isEnded: true });
    expect(await text()).toBe("@\n grün\n");
  });

  it("is whole after a crash at any point between text and note, and tells nothing twice", async () => {
    await writeFile(file("stdout.log"), "one\n");
    await (await at()).catchUp({ isEnded: false });
    const note = await readFile(file("transcript.json"), "utf8");
    await appendFile(file("stdout.log"), "two\n");
    await (await at()).catchUp({ isEnded: false });
    // The text was written, its note was not.
    await writeFile(file("transcript.json"), note);
    await (await at()).catchUp({ isEnded: false });
    expect(await text()).toBe("@\n one\n@\n two\n");
    // Half of a line was written.
    await writeFile(file("transcript.json"), note);
    await truncate(file("transcript.log"), (await stat(file("transcript.log"))).size - 2);
    await (await at()).catchUp({ isEnded: false });
    expect(await text()).toBe("@\n one\n@\n two\n");
    // The note is gone, or garbled: all of it is made anew.
    for (const garbled of ["", "{", '{"stdout":-1}']) {
      await writeFile(file("transcript.json"), garbled);
      await (await at()).catchUp({ isEnded: false });
      expect((await text()).replaceAll("@\n", "")).toBe(" one\n two\n");
    }
  });

  it("goes on with an agent's stream where another process left it", async () => {
    const tool = { type: "tool_use", id: "a", name: "Bash", input: { command: "false" } };
    await writeFile(
      file("stdout.log"),
      `${JSON.stringify({ type: "assistant", message: { id: "1", content: [tool] } })}\n`,
    );
    await (await at(true)).catchUp({ isEnded: false });
    const ended = { type: "user", message: { content: [{ type: "tool_result", tool_use_id: "a", is_error: true }] } };
    await appendFile(file("stdout.log"), `${JSON.stringify(ended)}\n`);
    await (await at(true)).catchUp({ isEnded: false });
    expect((await text()).replaceAll("@\n", "")).toBe(">Bash: false\nxBash failed\n");
  });

  it("takes a line without end for pieces, and binary nonsense for escapes", async () => {
    const transcript = await at();
    await writeFile(file("stdout.log"), Buffer.concat([Buffer.alloc(100_000, "x"), Buffer.from([10, 0, 255, 27, 10])]));
    await transcript.catchUp({ isEnded: true });
    const lines = (await text()).split("\n").slice(1, -1);
    expect(
      lines
        .slice(0, -1)
        .map((line) => line.length)
        .every((length) => length <= 16_385),
    ).toBe(true);
    expect(lines.slice(0, -1).reduce((sum, line) => sum + line.length - 1, 0)).toBe(100_000);
    expect(lines.at(-1)).toBe(" \\x00\ufffd\\x1b");
  });

  it("leaves out an event larger than 8 MiB and goes on after it, at any cut of the pieces", async () => {
    const transcript = await at(true);
    const handle = await open(file("stdout.log"), "w");
    await handle.write(`{"type":"x","y":"${"z".repeat(9 * 1024 * 1024)}"}`);
    await transcript.catchUp({ isEnded: false });
    await handle.write(
      `\n${JSON.stringify({ type: "assistant", message: { id: "1", content: [{ type: "text", text: "after" }] } })}\n`,
    );
    await handle.close();
    await transcript.catchUp({ isEnded: true });
    expect((await text()).replaceAll("@\n", "")).toBe(" after\n");
  });
});

describe("the transcripts of runs", () => {
  const RUN = "20260102-030405-abcd";
  let state: string;
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), "limaform-transcripts-"));
  });
  afterEach(() => rm(state, { recursive: true, force: true }));

  const record = (slot: number, more: Partial<RunRecord> = {}) =>
    ({ run: RUN, slot, state: "working", ...more }) as RunRecord;
  const put = async (slot: number, text: string) => {
    await mkdir(join(state, "runs", RUN, String(slot)), { recursive: true });
    await appendFile(join(state, "runs", RUN, String(slot), "stdout.log"), text);
  };
  const told = async (slot: number) =>
    (await readFile(join(state, "runs", RUN, String(slot), "transcript.log"), "utf8").catch(() => "")).replaceAll(
      /^@.*\n/gmu,
      "",
    );
  /** What a limaform of its own has. */
  const another = () =>
    createTranscripts({
      store: createStore({ root: state, clock: createClock() }),
      clock: createClock(),
      lock: createLock({ root: state, project: "shop", owner: "x", clock: createClock(), host: thisHost() }),
      readerOf: () => null,
    });
  const within = (timeoutMs: number) => ({ signal: new AbortController().signal, timeoutMs });

  it("are written side by side for all workers of one run", async () => {
    const transcripts = another();
    for (const slot of [1, 2]) await put(slot, `of ${slot}\n`);
    for (const slot of [1, 2]) await transcripts.catchUp(record(slot));
    expect([await told(1), await told(2)]).toEqual([" of 1\n", " of 2\n"]);
    await transcripts.close();
  });

  it("are left to the process that writes them, and finished after it let go", async () => {
    const [one, two] = [another(), another()];
    await put(1, "one\n");
    await one.catchUp(record(1));
    await put(1, "two\n");
    await two.catchUp(record(1, { state: "done" }));
    expect(await told(1)).toBe(" one\n");
    await expect(two.finish(record(1, { state: "done" }), within(0))).rejects.toMatchObject({ code: "LOCK_BUSY" });
    const finished = two.finish(record(1, { state: "done" }), within(60_000));
    await one.leave(record(1));
    await finished;
    expect(await told(1)).toBe(" one\n two\n");
    // Nothing is to be told any more, so nobody is asked.
    await one.catchUp(record(1));
    await two.finish(record(1, { state: "done" }), within(0));
    await one.close();
  });

  it("are free for others where one could not be opened", async () => {
    const [one, two] = [another(), another()];
    await put(1, "one\n");
    const path = join(state, "runs", RUN, "1", "transcript.log");
    await mkdir(path);
    await writeFile(join(path, "odd"), "");
    await expect(one.catchUp(record(1))).rejects.toMatchObject({ code: "EISDIR" });
    await rm(path, { recursive: true });
    await two.catchUp(record(1));
    expect(await told(1)).toBe(" one\n");
    await two.close();
  });
});
