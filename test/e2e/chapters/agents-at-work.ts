import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument, RunsDocument } from "../../../src/app/app.js";
import type { Fleet } from "../../support/e2e.js";
import { expectSameBytes, KEY, type Model, withModel } from "../../support/e2e-agent.js";
import { until } from "../../support/e2e-limaform.js";

/** All places of a worker that outlast a run, what systemd tells, and what processes were seen while it went on. */
export const SEARCH = `k=$1$2
grep -rlF -e "$k" /home /var /etc /run /tmp /root /dev/shm 2>/dev/null
grep -rlF -e "$(printf %s "$k" | base64 -w0)" /home /var /etc /run /tmp /root /dev/shm 2>/dev/null
journalctl --no-pager -o export | grep -F -e "$k"
systemctl show --all "*" | grep -F -e "$k"
echo "seen $(grep -c 'claude -p' /root/e2e-seen)"`;

const WATCH = 'while sleep 1; do ps axww -o args; systemctl show "limaform-run-*"; done > /root/e2e-seen 2>&1';

/** What every test run shows of agents on real workers: two at once, their secret, and a limaform that is killed. */
export const agentsAtWork = (fleet: () => Fleet): void => withModel(fleet, (model) => atWork(fleet, model));

export function atWork(fleet: () => Fleet, { mode, asked, keys }: Model): void {
  describe("at work", () => {
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
      expect(keys()).toEqual(new Set([KEY.join("")]));
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
      await mode("pause");
      const running = fleet().start("run", "wait a while", "--yolo");
      await until("both agents have a tool at work", () => asked("pause") >= 2, 300_000);
      running.signalGroup("SIGKILL");
      await running.ended;
      const { runs } = await fleet().json<RunsDocument>(0, "runs", "list");
      const [last] = runs;
      expect(last).toMatchObject({ state: "live", counts: { working: 2 } });
      await sleep(1_000);
      await fleet().expect(0, "runs", "attach", String(last?.run));
      const document = await fleet().json<RunDocument>(0, "runs", "show", String(last?.run));
      expect(document.workers).toMatchObject([1, 2].map((slot) => ({ slot, state: "done", toolCalls: 1 })));
      expect(asked("pause")).toBe(4);
      for (const part of document.workers) await expectSameBytes(fleet(), document.run, part);
    });
  });
}
