import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument, RunsDocument } from "../../../src/app/app.js";
import type { Fleet } from "../../support/e2e.js";
import { until } from "../../support/e2e-limaform.js";
import { type ModelStub, startModelStub } from "../../support/model-stub/server.js";
import { registries } from "../../support/registries.js";

/** Where a guest finds this host's loopback. */
const HOST = "192.168.5.2";
/** In halves, so that what looks for it is no place where it is found. */
const KEY = ["stub-key-4f9a1c7e", "2b8d6035"] as const;

/** All places of a worker that outlast a run, what systemd tells, and what processes were seen while it went on. */
const SEARCH = `k=$1$2
grep -rlF -e "$k" /home /var /etc /run /tmp /root /dev/shm 2>/dev/null
grep -rlF -e "$(printf %s "$k" | base64 -w0)" /home /var /etc /run /tmp /root /dev/shm 2>/dev/null
journalctl --no-pager -o export | grep -F -e "$k"
systemctl show --all "*" | grep -F -e "$k"
echo "seen $(grep -c 'claude -p' /root/e2e-seen)"`;

const WATCH = 'while sleep 1; do ps axww -o args; systemctl show "limaform-run-*"; done > /root/e2e-seen 2>&1';

/** The real Claude Code in real workers; only its model is a stub on this host. */
export function agentsAtWork(fleet: () => Fleet): void {
  let stub: ModelStub;

  const mode = (name: string) => writeFile(fleet().scratch("stub-url"), `${stub.url(name, HOST)}\n`);
  const asked = (name: string) => stub.asked.filter((one) => one.mode === name).length;

  describe.skipIf(registries().npm === null)("an agent on the workers", () => {
    beforeAll(async () => {
      stub = await startModelStub();
      await writeFile(fleet().scratch("stub-key"), `${KEY.join("")}\n`);
      // Not as `env`: that is an input of the images' hooks, and would build them anew.
      const secrets = `[secrets]
ANTHROPIC_API_KEY = { file = "${fleet().scratch("stub-key")}" }
ANTHROPIC_BASE_URL = { file = "${fleet().scratch("stub-url")}" }

[hooks]`;
      await fleet().edit("[hooks]", secrets);
      await mode("commit");
      await fleet().expect(0, "trust", "--yes");
    });
    afterAll(() => stub?.close());

    it("makes a commit on each, and what it said, cost and made is on the host", async () => {
      for (const slot of [1, 2]) {
        await fleet().inside(slot, "sudo", "systemd-run", "--quiet", "--unit=e2e-watch", "sh", "-c", WATCH);
      }
      const document = await fleet().json<RunDocument>(0, "run", "make a commit", "--yolo");
      expect(document.verdict).toBe("done");
      expect(document.workers).toMatchObject(
        [1, 2].map((slot) => ({
          ...{ slot, agent: "claude", state: "done", passed: true, exitCode: 0, warnings: [], error: null },
          ...{ commits: 1, files: 1, additions: 1, toolCalls: 1, resultText: "All done." },
          result: `${document.run}/${slot}`,
          tokens: { output: expect.any(Number) },
          costUsd: expect.any(Number),
        })),
      );
      for (const { output } of document.workers) {
        expect(readFileSync(join(output, "stdout.log"), "utf8")).toContain('"subtype":"success"');
      }
      const { results } = await fleet().json<ResultsDocument>(0, "results", "list");
      expect(results.map(({ id }) => id)).toEqual(
        expect.arrayContaining([1, 2].map((slot) => `${document.run}/${slot}`)),
      );
      expect(new Set(stub.asked.map(({ key }) => key))).toEqual(new Set([KEY.join("")]));
    });

    it("had a secret that is found nowhere afterwards, nor was seen meanwhile", async () => {
      for (const slot of [1, 2]) {
        await fleet().inside(slot, "sudo", "systemctl", "stop", "e2e-watch");
        expect(await fleet().inside(slot, "sudo", "sh", "-c", SEARCH, "sh", ...KEY)).toMatch(/^seen [1-9]\d*$/u);
      }
      const { home, repository } = fleet();
      const search = `grep -rlF -e "$1" "$2/_limaform" "$3" || :`;
      const argv = ["-c", search, "sh", KEY.join(""), home, repository.root];
      expect(execFileSync("sh", argv, { encoding: "utf8" })).toBe("");
    });

    it("is found again after a SIGKILL of limaform: nothing begins twice, the output is whole", async () => {
      await mode("slow");
      const running = fleet().start("run", "wait a while", "--yolo");
      await until("both agents have a tool at work", () => asked("slow") >= 2, 300_000);
      running.signalGroup("SIGKILL");
      await running.ended;
      const { runs } = await fleet().json<RunsDocument>(0, "runs", "list");
      const [last] = runs;
      expect(last).toMatchObject({ state: "live", counts: { working: 2 } });
      await sleep(1_000);
      await fleet().expect(0, "runs", "attach", String(last?.run));
      const document = await fleet().json<RunDocument>(0, "runs", "show", String(last?.run));
      expect(document.workers).toMatchObject([1, 2].map((slot) => ({ slot, state: "done", toolCalls: 1 })));
      expect(asked("slow")).toBe(4);
      for (const { slot, output } of document.workers) {
        const there = await fleet().inside(slot, "sha256sum", `/var/lib/limaform/runs/${last?.run}/stdout.log`);
        const here = execFileSync("sha256sum", [join(output, "stdout.log")], { encoding: "utf8" });
        expect(here.slice(0, 64)).toBe(there.slice(0, 64));
      }
    });

    it("that may not use its tools is done, and not passed", async () => {
      await mode("commit");
      const { workers } = await fleet().json<RunDocument>(1, "run", "make a commit", "--workers", "1");
      expect(workers).toMatchObject([{ state: "done", passed: false, warnings: [expect.stringContaining("denied")] }]);
    });

    it("that turns in circles is ended at its time limit", async () => {
      await mode("loop");
      const argv = ["run", "go on", "--yolo", "--timeout", "40s", "--workers", "1"];
      const { workers } = await fleet().json<RunDocument>(1, ...argv);
      expect(workers).toMatchObject([{ state: "failed", failure: "timeout" }]);
    });
  });
}
