import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument, RunsDocument, WaitDocument } from "../../../src/app/app.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { expectSameBytes, guestRun, type Model, newestRun, onlyPart } from "../../support/e2e-agent.js";
import { end } from "../../support/e2e-guard.js";
import { type Ended, until } from "../../support/e2e-limaform.js";

/** Prints ten lines a second; `begun` outlasts a power cut and counts how often it began. */
const PRINT = `echo begun >> ~/begun; sync ~/begun
n=0; while [ $n -lt "$1" ]; do n=$((n + 1)); echo "line $n of what was printed"; sleep 0.1; done`;

const documentOf = ({ stdout }: Ended): RunDocument => JSON.parse(stdout) as RunDocument;

/** A Claude Code and a command that prints, one on each worker, and what may happen on their way. */
export function cutOff(fleet: () => Fleet, { mode, asked }: Model): void {
  const begin = async (model: string, lines: number) => {
    const before = asked(model);
    await mode(model);
    const agent = fleet().start("run", "wait a while", "--yolo", "--workers", "1", "--json");
    const argv = ["--", "sh", "-c", PRINT, "sh", String(lines)];
    const printer = fleet().start("run", "--workers", "2", "--json", ...argv);
    await until("the agent has a tool at work", () => asked(model) > before, 300_000);
    return { agent, printer, calls: () => asked(model) - before };
  };
  const bothRuns = () => Promise.all([newestRun(fleet(), 1), newestRun(fleet(), 2)] as const);
  /** By a process that knows nothing of it. */
  const show = async (run: string) => onlyPart(await fleet().json<RunDocument>(0, "runs", "show", run));
  const pidOf = (slot: number, file: string): number =>
    Number(readFileSync(join(fleet().home, worker(slot), file), "utf8").trim());
  /** limaform's shared connection is no child of it, and its command line names nothing of ours. */
  const connectionsTo = (slot: number): readonly number[] => {
    const config = readFileSync(join(fleet().home, worker(slot), "ssh.config"), "utf8");
    const port = /^\s*Port (\d+)/mu.exec(config)?.[1];
    const table = execFileSync("ss", ["-Htnp", "dst", `127.0.0.1:${port}`], { encoding: "utf8" });
    return [...new Set([...table.matchAll(/pid=(\d+)/gu)].map(([, pid]) => Number(pid)))];
  };
  const begunOn2 = () => fleet().inside(2, "sh", "-c", "wc -l < ~/begun; rm ~/begun");

  describe("cut off on its way", () => {
    it("goes on when all its connections and both host agents are killed; its limaform finds it again", async () => {
      const { agent, printer, calls } = await begin("slow", 600);
      const runs = await bothRuns();
      for (const slot of [1, 2]) {
        const connections = connectionsTo(slot);
        expect(connections.length).toBeGreaterThan(0);
        connections.forEach(end);
        process.kill(pidOf(slot, "ha.pid"), "SIGKILL");
      }
      for (const run of runs) expect(await show(run)).toMatchObject({ state: "working" });
      const [first, second] = [await agent.ended, await printer.ended];
      expect([first.code, second.code], `${first.stderr}\n${second.stderr}`).toEqual([0, 0]);
      // Their VMs were half dead all the while: mended only now.
      await fleet().expect(0, "apply", "--yes");
      const [worked, printed] = [onlyPart(documentOf(first)), onlyPart(documentOf(second))];
      expect(worked).toMatchObject({ state: "done", toolCalls: 1, exitCode: 0 });
      expect(calls()).toBe(2);
      await expectSameBytes(fleet(), runs[0], worked);
      expect(printed).toMatchObject({ state: "done", exitCode: 0 });
      await expectSameBytes(fleet(), runs[1], printed);
      expect(readFileSync(join(printed.output, "stdout.log"), "utf8").split("\n")).toHaveLength(601);
      expect(await begunOn2()).toBe("1");
    });

    it("is lost with a worker that is restarted, or whose power is cut, and nothing begins again", async () => {
      const { agent, printer, calls } = await begin("silent", 100_000);
      const runs = await bothRuns();
      const [ofAgent, ofPrinter] = runs;
      const begunCalls = calls();
      // Long enough for the guest to have written what it printed at first to its disk.
      await until("much is printed", async () => (await show(ofPrinter)).elapsedMs > 60_000);
      await fleet().run("shell", "1", "--", "sudo", "systemctl", "reboot");
      end(pidOf(2, "qemu.pid"));
      const [first, second] = [await agent.ended, await printer.ended];
      expect([first.code, second.code], `${first.stderr}\n${second.stderr}`).toEqual([1, 1]);
      // Its limaform waits five minutes for a worker that restarts; under load that takes longer.
      expect(["failed", "unreachable"]).toContain(onlyPart(documentOf(first)).state);
      expect(documentOf(second).workers).toMatchObject([{ state: "unreachable" }]);
      await fleet().json<WaitDocument>(1, "wait", "2", "--for", "run-done", "--timeout", "5s");
      await fleet().expect(0, "apply", "--yes");
      await fleet().json<WaitDocument>(0, "wait", "--for", "ready", "--timeout", "10m");
      for (const run of runs) expect(await show(run)).toMatchObject({ state: "failed", failure: "guest_lost" });
      const { workers } = await fleet().json<WaitDocument>(1, "wait", "--for", "run-done", "--timeout", "60s");
      expect(workers).toMatchObject([1, 2].map((slot) => ({ slot, isReached: true, state: "failed" })));
      for (const run of runs) {
        const said = await fleet().expect(1, "runs", "attach", run);
        // Else the worker is refused to the next run.
        const { runs: known } = await fleet().json<RunsDocument>(0, "runs", "list");
        expect(known.find((one) => one.run === run)?.uncollected, said).toBe(0);
      }
      await fleet().json<ResultsDocument>(0, "results", "list");
      await expectSameBytes(fleet(), ofAgent, await show(ofAgent));
      await expectLastBytes(ofPrinter);
      expect(await begunOn2()).toBe("1");
      expect(calls()).toBe(begunCalls);
      const units = await fleet().inside(
        1,
        "sh",
        "-c",
        "systemctl list-units --all --no-legend 'limaform-run-*' | wc -l",
      );
      expect(units).toBe("0");
    });
  });

  /** A power cut leaves zeros where the guest's file system had not written yet; what the host saw before stays. */
  async function expectLastBytes(run: string): Promise<void> {
    const there = Buffer.from(await fleet().inside(2, "base64", "-w0", `${guestRun(run)}/stdout.log`), "base64");
    const here = readFileSync(join((await show(run)).output, "stdout.log"));
    expect(there.length).toBeGreaterThan(0);
    expect(here.length).toBeGreaterThanOrEqual(there.length);
    const other = [...there.keys()].filter((at) => there[at] !== here[at] && there[at] !== 0);
    expect(other).toEqual([]);
    console.log(`power cut: ${there.length} bytes on the guest's disk, ${here.length} on the host`);
  }
}
