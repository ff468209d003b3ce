import { expect, it } from "vitest";
import type { RunDocument } from "../../../src/app/app.js";
import { SEARCH } from "../../e2e/chapters/agents-at-work.js";
import type { Fleet } from "../../support/e2e.js";
import { guestRun, KEY, type Model, newestRun, onlyPart } from "../../support/e2e-agent.js";
import { until } from "../../support/e2e-limaform.js";

/** An agent whose whole unit is killed when its own transcript holds the key: its main script takes nothing out any more. */
export function killed(fleet: () => Fleet, { mode, asked }: Model): void {
  it("leaves its key nowhere, also when all of its processes are killed at once", async () => {
    await mode("print_silent");
    const running = fleet().start("run", "say your key", "--yolo", "--workers", "1", "--json");
    await until("what its tool printed went to the model", () => asked("print_silent") >= 2, 300_000);
    const run = await newestRun(fleet(), 1);
    const search = () => fleet().inside(1, "sudo", "sh", "-c", SEARCH, "sh", ...KEY);
    expect(await search()).toMatch(/^\/home\/agent\/\.claude\/\S+\.jsonl$/mu);
    const unit = `limaform-run-${run}`;
    await fleet().inside(1, "sudo", "systemctl", "kill", "--kill-whom=all", "--signal=KILL", unit);
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).toBe(1);
    expect(onlyPart(JSON.parse(stdout) as RunDocument)).toMatchObject({ state: "failed", toolCalls: 2 });
    expect(Number(await fleet().inside(1, "cat", `${guestRun(run)}/scrubbed`))).toBeGreaterThan(0);
    expect(await search()).toMatch(/^seen ?\d*$/u);
  });
}
