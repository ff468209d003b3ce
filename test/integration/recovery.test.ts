import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DriftDocument, StatusDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { HOOK_LIMIT_MS, makeBuiltWorld, type ProgramWorld, snapshot, until, worker } from "../support/program.js";

const SHIFT = fileURLToPath(new URL("../fixtures/shift-clock.mjs", import.meta.url));
const YEAR_MS = 365 * 24 * 3_600_000;

/* The recovery table of docs/decisions.md as the program sees it; the adapter's part is test/contract/recovery-contract.ts. */
let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
  world.edit("workers = 0", "workers = 1");
  await world.apply();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

const fileOf = (file: string, name = worker(1)) => join(world.home, name, file);
const driftOf = async (code: number) => {
  const { items, complete } = await world.json<DriftDocument>(code, "drift");
  return { complete, items: items.map(({ kind, instance }) => `${kind} ${instance}`) };
};
const healthOf = async () => (await world.json<StatusDocument>(0, "status")).workers.map(({ health }) => health);
const startsOf = ({ steps }: ApplyDocument) => steps.map(({ id }) => id).filter((id) => !id.includes("binding"));
const expectQuiet = async () => {
  await world.expect(0, "plan", "--detailed-exitcode");
  expect(await driftOf(0)).toEqual({ complete: true, items: [] });
};

describe("a worker that is not whole", () => {
  it("without its disk is broken, and made anew from the golden image once", async () => {
    world.limactl("stop", worker(1));
    rmSync(fileOf("disk"));
    expect(await driftOf(3)).toEqual({ complete: true, items: [`broken ${worker(1)}`] });
    expect(await healthOf()).toEqual(["its disk is gone"]);
    const refused = await world.json<ErrorDocument>(1, "start", "1", "--yes");
    expect(JSON.stringify(refused.details)).toContain('"code":"LIMA_DISK_LOST"');
    expect(existsSync(fileOf("disk"))).toBe(false);
    expect(startsOf(await world.apply())).toEqual(
      expect.arrayContaining(["create:worker.default[1]", "start:worker.default[1]"]),
    );
    await expectQuiet();
  });

  it("with a lima.yaml that cannot be read is unknown: nothing is done there, and drift is not complete", async () => {
    const before = readFileSync(fileOf("lima.yaml"), "utf8");
    writeFileSync(fileOf("lima.yaml"), "images: [\n");
    world.changes();
    const plan = await world.json<Plan>(1, "plan");
    expect(plan.errors).toMatchObject([{ code: "PLAN_UNKNOWN", addresses: ["worker.default[1]"] }]);
    expect((await driftOf(1)).complete).toBe(false);
    await world.expect(1, "apply", "--yes");
    expect(world.changes()).toEqual([]);
    writeFileSync(fileOf("lima.yaml"), before);
    await expectQuiet();
  });

  it("that is a folder without lima.yaml and nobody's is unknown, and stays", async () => {
    world.edit("workers = 1", "workers = 2");
    mkdirSync(join(world.home, worker(2)));
    const plan = await world.json<Plan>(1, "plan");
    expect(plan.errors).toMatchObject([{ code: "PLAN_UNKNOWN", addresses: ["worker.default[2]"] }]);
    expect(existsSync(join(world.home, worker(2)))).toBe(true);
    rmSync(join(world.home, worker(2)), { recursive: true });
    world.edit("workers = 2", "workers = 1");
    await expectQuiet();
  });

  it("that was repaired in vain is replaced instead, and only then; its work stands in the way until it is given up", async () => {
    process.kill(Number(readFileSync(fileOf("ha.pid"), "utf8")), "SIGKILL");
    const discard = ["--discard-work", "worker.default[1]"];
    world.configure({ faults: [{ verb: "start", message: "exiting, status={Running:false}" }] });
    const failed = await world.json<ApplyDocument>(1, "apply", "--yes", ...discard);
    expect(failed.steps.find(({ status }) => status === "failed")?.error?.code).toBe("LIMA_START_FAILED");
    expect(await driftOf(3)).toEqual({ complete: true, items: [`broken ${worker(1)}`] });
    world.configure({});
    const refused = await world.json<Plan>(1, "plan");
    expect(refused.changes.find(({ action }) => action === "replace")?.reasons).toMatchObject([
      { code: "repair_failed" },
    ]);
    expect(refused.errors.map(({ code }) => code)).toEqual(["PLAN_WORK_AT_RISK"]);
    await world.expect(0, "apply", "--yes", ...discard);
    await expectQuiet();
  }, 120_000);
});

describe("after a reboot of the host", () => {
  it("the lock and the leases of the former boot hold nobody up", async () => {
    const holder = {
      ...{
        format: "limaform.lock",
        version: 1,
        nonce: "ab",
        operation: "apply",
        owner: "",
        since: "2020-01-01T00:00:00Z",
      },
      ...identityOf(await lockText()),
      ...{ bootId: "00000000-0000-0000-0000-000000000000", pid: process.pid, processStart: "1" },
    };
    writeFileSync(join(world.state, "lock.json"), JSON.stringify(holder));
    mkdirSync(join(world.state, "leases"), { recursive: true });
    writeFileSync(join(world.state, "leases", `${worker(1)}.json`), JSON.stringify(holder));
    for (const file of ["ha.pid", "qemu.pid"]) {
      const pid = Number(readFileSync(fileOf(file), "utf8"));
      process.kill(pid, "SIGKILL");
    }
    expect(await driftOf(3)).toEqual({ complete: true, items: [`stopped ${worker(1)}`] });
    expect(startsOf(await world.apply())).toEqual(["start:worker.default[1]"]);
    await expectQuiet();
  });

  /** What a lock of this host looks like, written by the program while it waits. */
  async function lockText(): Promise<string> {
    world.configure({ faults: [{ verb: "stop", at: "begin", do: "wait" }] });
    const running = world.start(["stop", "1", "--yes"]);
    const file = join(world.state, "lock.json");
    await until("the lock is taken", () => existsSync(file));
    const text = readFileSync(file, "utf8");
    world.go();
    await running.ended;
    world.configure({});
    await world.expect(0, "start", "1", "--yes");
    return text;
  }
  const identityOf = (text: string): object => {
    const { hostId, pidSpace, host } = JSON.parse(text) as { hostId: string; pidSpace: string; host: string };
    return { hostId, pidSpace, host };
  };
});

describe("a clock that jumps", () => {
  const shifted = async <T>(years: number, code: number, ...argv: readonly string[]): Promise<T> => {
    const env = { NODE_OPTIONS: `--import=${SHIFT}`, LF_SHIFT_MS: String(years * YEAR_MS) };
    const ended = await world.run([...argv, "--json"], { env });
    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    return JSON.parse(ended.stdout) as T;
  };

  it.each([
    [-9, 9],
    [9, -9],
  ])(
    "by %i and then %i years between commands changes no plan, no drift and no lock",
    { timeout: 120_000 },
    async (first, second) => {
      for (const years of [first, second, 0]) {
        const plan = await shifted<Plan>(years, 0, "plan");
        expect(plan.steps).toEqual([]);
        expect(new Date(plan.createdAt).getUTCFullYear()).toBe(new Date(Date.now() + years * YEAR_MS).getUTCFullYear());
        expect((await shifted<DriftDocument>(years, 0, "drift")).items).toEqual([]);
        world.limactl("stop", worker(1));
        const applied = await shifted<ApplyDocument>(years, 0, "apply", "--yes");
        expect(startsOf(applied)).toEqual(["start:worker.default[1]"]);
        for (const { elapsedMs } of applied.steps) expect(elapsedMs).toBeGreaterThanOrEqual(0);
        expect(applied.summary.elapsedMs).toBeLessThan(YEAR_MS);
      }
      await expectQuiet();
    },
  );

  it("does not keep a dead holder's lock alive that was taken in the future, nor take a live one's", async () => {
    world.configure({ faults: [{ verb: "stop", at: "begin", do: "wait" }] });
    const stops = () => world.calls().filter(({ verb }) => verb === "stop").length;
    const before = stops();
    const env = { NODE_OPTIONS: `--import=${SHIFT}`, LF_SHIFT_MS: String(9 * YEAR_MS) };
    const running = world.start(["stop", "1", "--yes"], { env });
    await until("limactl is asked to stop", () => stops() > before);
    expect((await shifted<ErrorDocument>(-9, 75, "apply", "--yes")).code).toBe("LOCK_BUSY");
    running.signal("SIGKILL");
    await running.ended;
    world.killLimactl();
    world.configure({});
    await shifted<ApplyDocument>(-9, 0, "apply", "--yes");
    await expectQuiet();
  });
});

describe("what may not be written to", () => {
  const folders = () => [world.home, join(world.home, "_limaform"), world.state];
  const close = (paths: readonly string[]) => {
    for (const path of paths) chmodSync(path, 0o500);
    return () => {
      for (const path of paths) chmodSync(path, 0o700);
    };
  };
  beforeEach(async () => {
    await world.expect(0, "apply", "--yes");
  });

  it.each(["the state folder", "all of LIMA_HOME"])(
    "%s: plan, drift, status and list read, apply begins nothing",
    async (what) => {
      const open = close(what === "the state folder" ? [world.state] : folders());
      try {
        world.edit("workers = 1", "workers = 2");
        world.changes();
        const before = snapshot(world.home, ["_fake"]);
        expect((await world.json<Plan>(0, "plan")).summary).toMatchObject({ create: 1 });
        for (const command of ["drift", "status", "list"]) await world.expect(0, command);
        const refused = await world.json<ErrorDocument>(1, "apply", "--yes");
        expect(refused).toMatchObject({ code: "STORE_DENIED", hint: expect.stringContaining("ls -ld") });
        expect(world.changes()).toEqual([]);
        expect(snapshot(world.home, ["_fake"])).toEqual(before);
      } finally {
        open();
        world.edit("workers = 2", "workers = 1");
      }
      await expectQuiet();
    },
  );

  it("LIMA_HOME before anything was tried out on this host: plan still reads", async () => {
    rmSync(join(world.home, "_limaform", "host.json"), { force: true });
    const open = close(folders());
    try {
      await world.expect(0, "plan");
      await world.expect(0, "drift");
    } finally {
      open();
    }
  });
});

describe("a record and a journal that are lost between any two commands", () => {
  it("change no plan; drift may say less, never something else", async () => {
    const planned = async () => {
      const { steps, changes } = await world.json<Plan>(0, "plan");
      return { steps, changes };
    };
    for (const [spec, ...gone] of [["workers = 2"], ["workers = 0", 1, 2], ["workers = 1"]] as const) {
      world.edit(/workers = \d/, spec);
      const discard = gone.flatMap((slot) => ["--discard-work", `worker.default[${slot}]`]);
      const before = await planned();
      for (const file of ["record.json", "journal.ndjson"]) rmSync(join(world.state, file), { force: true });
      expect(await planned()).toEqual(before);
      await world.expect(0, "apply", "--yes", ...discard);
      rmSync(join(world.state, "record.json"), { force: true });
      expect((await driftOf(0)).items).toEqual([]);
      await world.expect(0, "plan", "--detailed-exitcode");
    }
    expect(readdirSync(world.state)).not.toContain("lock.json");
  }, 120_000);
});
