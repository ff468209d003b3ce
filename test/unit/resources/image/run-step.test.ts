import { describe, expect, it } from "vitest";
import { GuestError } from "../../../../src/errors/errors.js";
import type { GuestCommand, GuestOptions, GuestResult } from "../../../../src/ports/guest.js";
import type { DriverPorts } from "../../../../src/resources/driver-ports.js";
import { createImageDriver } from "../../../../src/resources/image/driver.js";
import type { DriverStep } from "../../../../src/resources/kind.js";
import type { Json } from "../../../../src/util/json.js";
import type { BuildNote } from "../../../../src/world/build.js";
import { marked, marksOfImage, TOOLS } from "../../../support/builders.js";
import { createFakeClock } from "../../../support/fake-clock.js";

const image = marked(marksOfImage(TOOLS, "ab".repeat(32), { sealed: "" }), { status: "running" });
const NOTE: BuildNote = { origin: "o", startedAt: "", begun: null, done: [], resumed: [], usedBytes: null };
const MINUTE = 60_000;

type Answer = (command: GuestCommand, options: GuestOptions) => Promise<Partial<GuestResult>>;

/** A guest that answers as told, a note beside the image, and what was done in which order. */
function scene(answer: Answer, note: BuildNote | null = NOTE) {
  const clock = createFakeClock();
  const calls: GuestCommand[] = [];
  const order: string[] = [];
  const state = { note };
  const ports = {
    clock,
    reader: { inspect: async () => image },
    files: {
      readBuild: async () => state.note,
      writeBuild: async (_: string, next: BuildNote) => {
        order.push(next.begun === null ? `done ${next.done.map(({ name }) => name)}` : `begun ${next.begun.name}`);
        state.note = next;
      },
    },
    guest: {
      async exec(_: string, command: GuestCommand, options: GuestOptions): Promise<GuestResult> {
        calls.push(command);
        const isLook = command.argv.join(" ").includes("df -B1");
        order.push(isLook ? "sync" : "run");
        const result = isLook ? { stdout: "1000 99999999\n" } : {};
        return { exitCode: 0, stdout: "", stderr: "", isCut: false, ...result, ...(await answer(command, options)) };
      },
    },
  } as unknown as DriverPorts;
  const driver = createImageDriver(ports);
  const lines: string[] = [];
  const reports: string[] = [];
  const stop = new AbortController();
  const run = (step: DriverStep = STEP) =>
    driver.run(step, {
      signal: stop.signal,
      report: (text) => reports.push(text),
      log: (line) => lines.push(line),
      logFile: "/state/logs/r1/post_provision-image.tools.log",
    });
  return { clock, calls, order, state, lines, reports, stop, run };
}

const BUILD = {
  ...{ name: "post_provision", title: "hooks.post_provision", key: "k", timeoutMs: 5 * MINUTE, kind: "hook" },
  inputs: { name: "post_provision", hook: "make", env: { A: "b" }, cwd: null },
};
const STEP: DriverStep = {
  ...{ id: "post_provision:image.tools", verb: "post_provision", address: TOOLS, instance: image.name },
  timeoutMs: 6 * MINUTE,
  inputs: { build: BUILD as unknown as Json },
};
const isHook = ({ argv }: GuestCommand) => argv[0] === "/tmp/limaform-hook-post_provision";

describe("a step of a build", () => {
  it("is begun in the note before it acts, and done only when it is on the disk", async () => {
    const it1 = scene(async () => ({}));
    await it1.run();
    expect(it1.order.slice(0, 2)).toEqual(["begun post_provision", "sync"]);
    expect(it1.order.slice(-2)).toEqual(["sync", "done post_provision"]);
    expect(it1.state.note?.done).toMatchObject([{ name: "post_provision", key: "k", growthBytes: 0, log: null }]);
    expect(it1.state.note?.usedBytes).toBe(1000);
  });

  it("runs in a scope of its own in the guest, with the hook's environment", async () => {
    const it1 = scene(async () => ({}));
    await it1.run();
    const hook = it1.calls.find(isHook);
    expect(hook).toMatchObject({ unit: "limaform-build-post_provision", env: { A: "b" } });
  });

  it("fails with its exit code, its last lines, the log's place and the next command, and stays begun", async () => {
    const it1 = scene(async (command, { onLine }) => {
      if (!isHook(command)) return {};
      for (let line = 1; line <= 30; line += 1) onLine?.(`line ${line}`, "stdout");
      return { exitCode: 7 };
    });
    const error = await it1.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "HOOK_FAILED", details: { step: "post_provision", exitCode: 7 } });
    const { message, hint } = error as GuestError;
    expect(message).toMatch(/exit code 7[\s\S]*line 11\n[\s\S]*line 30\n\s+whole log: \/state\/logs\/r1\/post_prov/);
    expect(message).not.toContain("line 10\n");
    expect(hint).toMatch(/limaform apply\nThe next apply goes on with post_provision/);
    expect(it1.state.note).toMatchObject({ begun: { name: "post_provision" }, done: [] });
    expect(it1.lines).toHaveLength(30);
  });

  it("names a full disk, and where it is made larger", async () => {
    const it1 = scene(async (command) =>
      isHook(command) ? { exitCode: 1 } : command.asRoot === true ? { stdout: "1000 0\n" } : {},
    );
    await expect(it1.run()).rejects.toMatchObject({
      message: expect.stringContaining(`the disk of ${image.name} is full`),
      hint: expect.stringContaining("raise vm.disk"),
    });
    // Else it could not boot with the larger one.
    expect(it1.calls.some(({ argv }) => argv.join(" ").includes("rm -f /var/lib/limaform/reserve; sync"))).toBe(true);
  });

  it("is ended at its own limit, and says so", async () => {
    const it1 = scene((command, { signal }) =>
      isHook(command)
        ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }))
        : Promise.resolve({}),
    );
    const running = it1.run().catch((thrown: unknown) => thrown);
    await it1.clock.advance(5 * MINUTE);
    expect(await running).toMatchObject({
      code: "IMAGE_STEP_TIMED_OUT",
      message: expect.stringContaining("longer than 5m"),
      hint: expect.stringContaining("image.step_timeout"),
    });
    expect(it1.state.note?.begun?.name).toBe("post_provision");
  });

  it("keeps an interrupt an interrupt", async () => {
    const it1 = scene(async (command, { signal }) => {
      if (isHook(command)) it1.stop.abort(new Error("stop"));
      signal.throwIfAborted();
      return {};
    });
    await expect(it1.run()).rejects.toThrow("stop");
  });

  it("says which step it was when the guest is gone", async () => {
    const gone = new GuestError("GUEST_UNREACHABLE", "the connection was lost", { hint: "limactl list" });
    const it1 = scene(async (command) => {
      if (isHook(command) || it1.calls.some(isHook)) throw gone;
      return {};
    });
    await expect(it1.run()).rejects.toMatchObject({
      code: "GUEST_UNREACHABLE",
      message: expect.stringContaining("hooks.post_provision: the connection was lost"),
    });
  });

  it("done again takes its earlier self, and what followed it, out of the note", async () => {
    const old = (name: string) => ({
      ...{ name, key: "old", startedAt: "", title: name, elapsedMs: 1, version: null, source: null },
      ...{ downloadedBytes: 0, indexBytes: 0, cachedBytes: 0, growthBytes: null, log: null },
    });
    const it1 = scene(async () => ({}), { ...NOTE, done: [old("node"), old("post_provision"), old("later")] });
    await it1.run();
    expect(it1.state.note?.done.map(({ name, key }) => `${name} ${key}`)).toEqual(["node old", "post_provision k"]);
  });
});
