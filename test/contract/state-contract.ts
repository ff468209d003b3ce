import { chmodSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DriftDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { decodeJournal } from "../../src/record/journal.js";
import { type DummyFleet, makeDummyFleet } from "../support/dummy-fleet.js";
import { snapshot, worker } from "../support/program.js";

const SHIFT = fileURLToPath(new URL("../fixtures/shift-clock.mjs", import.meta.url));
const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * What is only remembered, and what is lost of it: record, journal and locks, the clock, a folder that is closed, two
 * worktrees at once. Changed is the memory of held workers, so that nothing has to boot. Each test leaves the fleet quiet.
 */
export function stateContract(kind: "fake" | "real"): void {
  let fleet: DummyFleet;
  let memory = 512;
  beforeAll(async () => {
    fleet = await makeDummyFleet(kind);
    await fleet.apply();
  }, 60_000);
  afterAll(() => fleet.close());

  /** The spec's next memory: both workers are to be updated. */
  const wantMore = (): void => {
    fleet.edit(`memory = "${memory}MiB"`, `memory = "${memory + 64}MiB"`);
    memory += 64;
  };
  const updatesOf = ({ steps }: { readonly steps: readonly { readonly id: string }[] }) =>
    steps.map(({ id }) => id).sort();
  const UPDATES = ["update:worker.default[1]", "update:worker.default[2]"];
  const planned = async () => {
    const { steps, changes, errors, applicable } = await fleet.json<Plan>(0, "plan");
    return { steps, changes, errors, applicable };
  };
  const expectQuiet = async () => {
    expect((await planned()).steps).toEqual([]);
    expect((await fleet.json<DriftDocument>(0, "drift")).items).toEqual([]);
  };

  describe("record, journal and lock", () => {
    it("lost between any two commands change no plan and no drift", async () => {
      wantMore();
      const before = await planned();
      expect(updatesOf(before)).toEqual(UPDATES);
      for (const file of ["record.json", "journal.ndjson", "lock.json", "file-digests.json"]) {
        rmSync(join(fleet.state, file), { force: true });
        expect(await planned()).toEqual(before);
      }
      rmSync(fleet.state, { recursive: true });
      expect(await planned()).toEqual(before);
      expect(updatesOf(await fleet.apply())).toEqual(UPDATES);
      rmSync(fleet.state, { recursive: true });
      await expectQuiet();
    });

    it("that hold anything but what they should are told of, and the next apply makes them whole", async () => {
      await fleet.apply();
      writeFileSync(join(fleet.state, "record.json"), '{"format": "limaform.rec');
      writeFileSync(join(fleet.state, "journal.ndjson"), "\u0000garbage\nmore\n");
      wantMore();
      const { code, stderr } = await fleet.run(["apply", "--yes"]);
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/record\.json is damaged[\s\S]*2 lines of journal\.ndjson/),
      ]);
      expect(JSON.parse(readFileSync(join(fleet.state, "record.json"), "utf8"))).toMatchObject({
        format: "limaform.record",
      });
      await expectQuiet();
    });
  });

  it("a clock that jumps by years between commands changes no plan, no drift and no apply", async () => {
    const at = async <T>(years: number, code: number, ...argv: readonly string[]): Promise<T> => {
      const env = { NODE_OPTIONS: `--import=${SHIFT}`, LF_SHIFT_MS: String(years * YEAR_MS) };
      const ended = await fleet.run([...argv, "--json"], { env });
      expect(ended.code, ended.stdout + ended.stderr).toBe(code);
      return JSON.parse(ended.stdout) as T;
    };
    for (const years of [9, -9]) {
      wantMore();
      const applied = await at<ApplyDocument>(years, 0, "apply", "--yes");
      expect(updatesOf(applied)).toEqual(UPDATES);
      expect(applied.summary.elapsedMs).toBeLessThan(YEAR_MS);
      expect((await at<DriftDocument>(-years, 0, "drift")).items).toEqual([]);
    }
    await expectQuiet();
  });

  it("that may not be written to keeps nobody from reading, and nothing is begun", async () => {
    await fleet.apply();
    wantMore();
    // What is cached of it counts no more.
    utimesSync(join(fleet.root, "base.img"), new Date(), new Date(Date.now() - 60_000));
    chmodSync(fleet.state, 0o500);
    try {
      const before = snapshot(fleet.home, ["_fake"]);
      expect(updatesOf(await planned())).toEqual(UPDATES);
      for (const command of ["drift", "status", "list"]) await fleet.expect(0, command);
      const refused = await fleet.json<{ code: string; hint: string }>(1, "apply", "--yes");
      expect(refused).toMatchObject({ code: "STORE_DENIED", hint: expect.stringContaining(fleet.state) });
      expect(snapshot(fleet.home, ["_fake"])).toEqual(before);
    } finally {
      chmodSync(fleet.state, 0o700);
    }
    await fleet.apply();
    await expectQuiet();
  });

  it("is one for two worktrees: of two applies at once one works and the other waits for it", async () => {
    await fleet.apply();
    const other = fleet.scratch("other");
    fleet.git("worktree", "add", "-q", "-f", other, "-b", "other");
    wantMore();
    writeFileSync(join(other, "limaform.toml"), fleet.spec());
    rmSync(join(fleet.state, "journal.ndjson"));
    const ends = await Promise.all(
      [fleet.root, other].map((cwd) => fleet.run(["apply", "--yes", "--json", "--lock-timeout", "60s"], { cwd })),
    );
    expect(
      ends.map(({ code }) => code),
      JSON.stringify(ends),
    ).toEqual([0, 0]);
    const { lines } = decodeJournal(readFileSync(join(fleet.state, "journal.ndjson"), "utf8"));
    expect(
      lines
        .filter(({ status }) => status === "begin")
        .map(({ step }) => step)
        .sort(),
    ).toEqual(UPDATES);
    expect(readdirSync(fleet.state)).not.toContain("lock.json");
    await expectQuiet();
    expect(fleet.instances()).toContain(worker(2));
  });
}
