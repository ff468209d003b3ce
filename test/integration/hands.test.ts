import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import {
  HOOK_LIMIT_MS,
  makeBuiltWorld,
  makeProgramWorld,
  type ProgramWorld,
  until,
  worker,
} from "../support/program.js";

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: { readonly files?: readonly { readonly path: string }[] };
}

/* Several hands on one fleet: trust, locks, worktrees. The built program on the fake limactl. */

describe("files outside the repository", () => {
  let world: ProgramWorld;
  const outside = () => world.scratch("base.img");
  const trustFile = () => join(world.env.HOME ?? "", ".config", "limaform", "trust.json");
  const refused = (...argv: readonly string[]) => world.json<Refusal>(1, ...argv);

  beforeAll(() => {
    world = makeProgramWorld("workers = 0\n");
    writeFileSync(outside(), Buffer.alloc(65_536, 7));
    world.edit("./base.img", outside());
  });
  afterAll(() => world.close());

  it("are not read before they are trusted: plan and apply say which, where, and what to do", async () => {
    for (const argv of [["plan"], ["apply", "--yes"]]) {
      const { code, message, hint } = await refused(...argv);
      expect(code).toBe("TRUST_REQUIRED");
      expect(message).toMatch(/base\.img \(vm\.image, .*limaform\.toml:\d+:\d+\)/);
      expect(hint).toContain("limaform trust");
    }
    expect(world.changes()).toEqual([]);
    expect(readStore("file-digests.json")).toBe("");
  });

  it("do not matter to what needs nothing of them", async () => {
    await world.expect(0, "plan", "--destroy");
    await world.expect(0, "status");
    await world.expect(0, "destroy", "--yes");
    expect(readStore("file-digests.json")).toBe("");
  });

  it("are trusted by word only, for this user, and only these", async () => {
    expect((await world.json<Refusal>(64, "trust")).code).toBe("USAGE_APPROVAL_NEEDED");
    expect(await world.expect(0, "trust", "--yes")).toContain(outside());
    expect(statSync(trustFile()).mode & 0o777).toBe(0o600);
    await world.plan();
    expect(await world.json(0, "trust")).toMatchObject({ trusted: true, files: [{ key: "vm.image" }] });
    world.edit(outside(), `${outside()}.2`);
    expect((await refused("plan")).code).toBe("TRUST_REQUIRED");
    world.edit(`${outside()}.2`, outside());
  });

  it("are no others because a link in the repository leads elsewhere now", async () => {
    const secret = world.scratch("secret");
    writeFileSync(secret, Buffer.alloc(65_536, 8));
    world.edit(outside(), "./linked.img");
    symlinkSync(outside(), join(world.root, "linked.img"));
    expect((await refused("plan")).code).toBe("TRUST_REQUIRED");
    await world.expect(0, "trust", "--yes");
    await world.plan();
    rmSync(join(world.root, "linked.img"));
    symlinkSync(secret, join(world.root, "linked.img"));
    expect((await refused("plan")).code).toBe("TRUST_REQUIRED");
    world.edit("./linked.img", outside());
  });

  it("are trusted no more after --revoke, and a clone is not trusted because the original is", async () => {
    const clone = world.scratch("clone");
    world.git("clone", "-q", world.root, clone);
    writeFileSync(join(clone, "limaform.toml"), world.spec());
    expect(JSON.parse((await world.run(["plan", "--json"], { cwd: clone })).stdout)).toMatchObject({
      code: "TRUST_REQUIRED",
    });
    await world.plan();
    await world.expect(0, "trust", "--revoke");
    expect((await refused("plan")).code).toBe("TRUST_REQUIRED");
  });

  const readStore = (name: string): string => {
    try {
      return readFileSync(join(world.state, name), "utf8");
    } catch {
      return "";
    }
  };
});

describe("two worktrees of one repository", () => {
  let world: ProgramWorld;
  beforeAll(async () => {
    world = await makeBuiltWorld();
  }, HOOK_LIMIT_MS);
  afterAll(() => world.close());

  const isCloning = (name: string) => world.calls().some(({ verb, args }) => verb === "clone" && args.includes(name));

  it("have one owner and one lock: the second apply is busy, or waits", async () => {
    const other = world.scratch("other");
    world.git("worktree", "add", "-q", other, "-b", "other");
    const plan = JSON.parse((await world.run(["plan", "--json"], { cwd: other })).stdout) as Plan;
    expect(plan.owner).toBe((await world.plan()).owner);
    expect(plan.errors).toEqual([]);
    world.edit(/workers = 0.*/, "workers = 1");
    writeFileSync(join(other, "limaform.toml"), world.spec());
    world.configure({ faults: [{ verb: "clone", instance: worker(1), at: "begin", do: "wait" }] });
    const first = world.start(["apply", "--yes"]);
    await until("the first is at work", () => isCloning(worker(1)));
    const busy = await world.run(["apply", "--yes", "--json"], { cwd: other });
    expect([busy.code, JSON.parse(busy.stdout).code]).toEqual([75, "LOCK_BUSY"]);
    const held = await world.run(["unlock", "--json", "--yes"], { cwd: other });
    expect([held.code, JSON.parse(held.stdout).code]).toEqual([75, "LOCK_BUSY"]);
    expect(JSON.parse(held.stdout).message).toContain(`pid ${first.pid}`);
    const waiting = world.start(["apply", "--yes", "--lock-timeout", "60s"], { cwd: other });
    world.go();
    expect((await first.ended).code).toBe(0);
    expect((await waiting.ended).code).toBe(0);
    expect(world.instances().filter((name) => name === worker(1))).toHaveLength(1);
    expect((await world.plan()).changes.filter(({ action }) => action !== "none")).toEqual([]);
  });

  it("a lock whose holder was killed is shown and released; one that nobody can judge needs a word", async () => {
    world.edit(/workers = 1/, "workers = 2");
    world.configure({ faults: [{ verb: "clone", instance: worker(2), at: "begin", do: "hang" }] });
    const first = world.start(["apply", "--yes"]);
    const file = join(world.state, "lock.json");
    await until("it is at work", () => isCloning(worker(2)));
    const text = readFileSync(file, "utf8");
    first.signal("SIGKILL");
    await first.ended;
    world.killLimactl();
    const out = await world.expect(0, "unlock");
    expect(out).toMatch(/apply \(pid \d+ on .*has ended\n.*Released: project/s);
    expect(await world.expect(0, "unlock")).toContain("is locked");
    const elsewhere = JSON.stringify({ ...JSON.parse(text), hostId: "0123456789abcdef", host: "gone.example.org" });
    writeFileSync(file, elsewhere);
    expect((await world.json<Refusal>(64, "unlock")).code).toBe("USAGE_APPROVAL_NEEDED");
    expect(readFileSync(file, "utf8")).toBe(elsewhere);
    expect(await world.json(0, "unlock", "--yes")).toMatchObject({ locks: [{ instance: null, liveness: "unknown" }] });
    const newer = JSON.stringify({ ...JSON.parse(text), version: 2 });
    mkdirSync(join(world.state, "leases"), { recursive: true });
    writeFileSync(join(world.state, "leases", `${worker(1)}.json`), newer);
    expect((await world.json<Refusal>(64, "unlock")).code).toBe("USAGE_APPROVAL_NEEDED");
    expect(await world.json(0, "unlock", "--yes")).toMatchObject({ locks: [{ instance: worker(1), holder: null }] });
  });
});
