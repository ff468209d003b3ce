import { describe, expect, it } from "vitest";
import type { RunDocument, RunWorker } from "../../../src/app/app.js";
import type { LimaformEvent } from "../../../src/events/event.js";
import type { Fleet } from "../../support/e2e.js";
import { expectSameBytes, type Model, newestRun, onlyPart } from "../../support/e2e-agent.js";
import { eventsIn, until } from "../../support/e2e-limaform.js";

type Told = Extract<LimaformEvent, { type: "run.worker" }>;

/** One run on one worker, with what was told of it meanwhile. */
interface Case {
  readonly told: () => readonly Told[];
  readonly ended: () => Promise<{ readonly code: number | null; readonly worker: RunWorker }>;
  /** From its start to the first telling of a state. Units: s. */
  readonly secondsTo: (state: string) => number;
}

/** What a model may do instead of answering well. Two at a time, one on each worker; times are printed. */
export function answers(fleet: () => Fleet, { mode, asked }: Model): void {
  let count = 0;
  const begin = async (slot: number, model: string, ...flags: readonly string[]): Promise<Case> => {
    count += 1;
    const events = fleet().scratch(`answers-${count}.ndjson`);
    const before = asked(model);
    await mode(model);
    const argv = ["run", "go on", "--workers", String(slot), "--json", "--events", events, ...flags];
    const running = fleet().start(...argv);
    // Its address is read when it begins: only then may the next one's be written.
    await until(`${model} is asked`, () => asked(model) > before, 300_000);
    const told = () => eventsIn(events).filter((event): event is Told => event.type === "run.worker");
    return {
      told,
      secondsTo: (state) => {
        const [first] = eventsIn(events);
        const found = told().find((event) => event.state === state);
        return (Date.parse(found?.at ?? "") - Date.parse(first?.at ?? "")) / 1000;
      },
      async ended() {
        const { code, stdout, stderr } = await running.ended;
        expect(stdout, stderr).not.toBe("");
        const document = JSON.parse(stdout) as RunDocument;
        const worker = onlyPart(document);
        await expectSameBytes(fleet(), document.run, worker);
        return { code, worker };
      },
    };
  };
  const say = (what: string, ...parts: readonly (string | number)[]) => console.log(`${what}: ${parts.join(" ")}`);
  const texts = ({ told }: Case, state: string) => [
    ...new Set(
      told()
        .filter((one) => one.state === state)
        .map(({ text }) => text),
    ),
  ];

  describe("a model that", () => {
    it("refuses the key, or breaks down, is asked again with evidence, then has failed within 8 minutes", async () => {
      const refused = await begin(1, "401", "--yolo");
      const broken = await begin(2, "500", "--yolo");
      const [key, server] = [await refused.ended(), await broken.ended()];
      for (const [one, name] of [
        [refused, "401"],
        [broken, "500"],
      ] as const) {
        expect(texts(one, "working").filter((text) => /try \d+ of \d+/u.test(text)).length, name).toBeGreaterThan(2);
        say(name, "failed after", one.secondsTo("failed"), "s,", asked(name), "calls");
        expect(one.secondsTo("failed")).toBeLessThan(480);
      }
      expect(key).toMatchObject({ code: 1, worker: { state: "failed", failure: "credentials", exitCode: 1 } });
      expect(server).toMatchObject({ code: 1, worker: { state: "failed", failure: "agent_error", exitCode: 1 } });
    });

    it("limits for a while is limited until then, and done; tools that are denied are done and not passed", async () => {
      const limited = await begin(1, "later429", "--yolo");
      const denied = await begin(2, "commit");
      await until("it is limited", () => limited.secondsTo("limited") > 0, 120_000);
      const run = await newestRun(fleet(), 1);
      const now = onlyPart(await fleet().json<RunDocument>(0, "runs", "show", run));
      const clock = await fleet().inside(1, "date", "-u", "+%FT%TZ");
      say("429", now.state, now.text, "until", now.until ?? "?", "at", clock);
      expect(now).toMatchObject({ state: "limited", until: expect.stringMatching(/Z$/u) });
      const [good, without] = [await limited.ended(), await denied.ended()];
      say("429", "limited after", limited.secondsTo("limited"), "s, done after", limited.secondsTo("done"), "s");
      expect(good).toMatchObject({ code: 0, worker: { state: "done", passed: true, resultText: "All done." } });
      expect(texts(limited, "limited").join("\n")).toMatch(/rate_limit \(429\), try 1 of/u);
      say("denied", "done after", denied.secondsTo("done"), "s");
      expect(without).toMatchObject({ code: 1, worker: { state: "done", passed: false, commits: 0 } });
      expect(without.worker.warnings).toEqual([expect.stringContaining("denied")]);
    });

    it("never answers, and a tool that hangs without CPU: stuck soon, then ended by limit and by hand", async () => {
      await fleet().edit("[hooks]", '[run]\nstuck_after = "20s"\n\n[hooks]');
      const dumb = await begin(1, "hang", "--yolo", "--timeout", "200s");
      const silent = await begin(2, "silent", "--yolo", "--timeout", "200s");
      for (const [one, name] of [
        [dumb, "hang"],
        [silent, "silent"],
      ] as const) {
        await until(`${name} is stuck`, () => one.secondsTo("stuck") > 0, 190_000);
        say(name, "stuck after", one.secondsTo("stuck"), "s");
      }
      expect(texts(silent, "stuck").join("\n")).toMatch(/no progress since .*Bash runs/u);
      const [first, second] = [await dumb.ended(), await silent.ended()];
      for (const { code, worker } of [first, second]) {
        expect({ code, worker }).toMatchObject({ code: 1, worker: { state: "failed", failure: "timeout" } });
      }
      say("hang", "timed out after", dumb.secondsTo("failed"), "s;", texts(dumb, "stuck").length, "texts while stuck");
      // Said once, however often it was looked at; a little CPU between may begin it anew.
      expect(texts(dumb, "stuck").length).toBeLessThan(5);
    });

    it("turns in circles is ended at its time limit", async () => {
      const circling = await begin(1, "loop", "--yolo", "--timeout", "120s");
      const { code, worker } = await circling.ended();
      expect({ code, worker }).toMatchObject({ code: 1, worker: { state: "failed", failure: "timeout" } });
      expect(worker.toolCalls).toBeGreaterThan(2);
      say("loop", "timed out after", circling.secondsTo("failed"), "s,", worker.toolCalls, "tool calls");
    });
  });
}
