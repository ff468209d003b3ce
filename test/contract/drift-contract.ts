import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DriftDocument, DriftKind } from "../../src/plan/drift.js";
import type { Marks } from "../../src/world/marks.js";
import { type DummyFleet, makeDummyFleet } from "../support/dummy-fleet.js";
import { snapshot, worker } from "../support/program.js";

/** What `drift` says of a fleet that others changed past limaform: each kind, as text, as JSON and as exit code. */
export function driftContract(kind: "fake" | "real"): void {
  let fleet: DummyFleet;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    fleet = await makeDummyFleet(kind);
    // The baseline: a record of what is there.
    await fleet.apply();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    fleet.close();
  });

  const configOf = (name: string): string => join(fleet.home, name, "lima.yaml");
  const rewrite = (name: string, change: (text: string) => string): void => {
    const before = readFileSync(configOf(name), "utf8");
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(configOf(name), after);
  };
  /** A worker that nobody holds any more, as if it had run and was stopped past limaform. */
  const release = (name: string): void => rewrite(name, (text) => text.replace(/^( *limaform_hold: ).*$/m, '$1"-"'));
  type Found = readonly [address: string, instance: string, kind: DriftKind, text: RegExp];
  const expectDrift = async (...found: readonly Found[]): Promise<void> => {
    const document = await fleet.json<DriftDocument>(3, "drift");
    expect(document).toMatchObject({
      format: "limaform.drift",
      version: 1,
      drifted: true,
      complete: true,
      error: null,
    });
    expect(document.items).toEqual(
      found.map(([address, instance, word, text]) => ({
        ...{ address, instance, kind: word },
        text: expect.stringMatching(text),
      })),
    );
    const { code, stdout, stderr } = await fleet.run(["drift"]);
    expect([code, stderr]).toEqual([3, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^OBJECT +DRIFT +WHAT$/);
    for (const [place, [address, instance, word, text]] of found.entries()) {
      expect(lines[place + 1]?.split(/ {2,}/).slice(0, 2)).toEqual([address || instance, word.replaceAll("_", " ")]);
      expect(lines[place + 1]).toMatch(text);
    }
    const objects = found.length === 1 ? "1 object" : `${found.length} objects`;
    expect(lines.at(-1)).toBe(`${objects} drifted. What would mend it: limaform plan`);
  };
  const expectNone = async (): Promise<void> => {
    expect(await fleet.json(0, "drift")).toMatchObject({ drifted: false, complete: true, items: [], error: null });
    expect(await fleet.expect(0, "drift")).toBe("No drift. Everything is as the last apply left it.\n");
  };

  it("is none where nothing happened, and looking writes nothing", async () => {
    const before = snapshot(fleet.home, ["_fake"]);
    await expectNone();
    expect(snapshot(fleet.home, ["_fake"])).toEqual(before);
  });

  describe("each kind", () => {
    it("missing: a deleted worker and a deleted golden image; nobody misses the tools image", async () => {
      for (const name of [fleet.tools, fleet.golden]) {
        fleet.limactl("unprotect", name);
        fleet.limactl("delete", name);
      }
      fleet.limactl("delete", worker(2));
      await expectDrift(
        ["image.golden", fleet.golden, "missing", /is not there any more/],
        ["worker.default[2]", worker(2), "missing", /is not there any more/],
      );
    });

    it("extra: a worker in a slot above those of the last apply", async () => {
      fleet.edit("workers = 2", "workers = 3");
      const third = (await fleet.plan()).steps.find(({ address }) => address === "worker.default[3]");
      const own = readFileSync(configOf(worker(1)), "utf8");
      const name = String((third?.inputs as { name?: string; marks?: Marks } | undefined)?.marks?.name ?? worker(3));
      fleet.edit("workers = 3", "workers = 2");
      fleet.limactl("clone", worker(1), name);
      rewrite(name, () =>
        own
          .replaceAll(worker(1), name)
          .replaceAll("worker.default[1]", "worker.default[3]")
          .replace(/^( *limaform_slot: *)"?1"?$/m, '$1"3"'),
      );
      await expectDrift(["worker.default[3]", name, "extra", /above the 2 that were to be there/]);
    });

    it("stopped: nobody holds it, and it does not run", async () => {
      release(worker(1));
      await expectDrift(["worker.default[1]", worker(1), "stopped", /nobody holds it/]);
    });

    it("changed: cpus and memory edited with limactl", async () => {
      fleet.limactl("edit", worker(2), "--set", '.memory = "1GiB" | .cpus = 2');
      await expectDrift(["worker.default[2]", worker(2), "changed", /cpus 1 → 2, memory 512 MiB → 1 GiB/]);
    });

    it("open_config: the user's own defaults open every instance, and the file is named", async () => {
      mkdirSync(join(fleet.home, "_config"), { recursive: true });
      writeFileSync(join(fleet.home, "_config", "override.yaml"), "ssh: {forwardAgent: true}\n");
      const open = (address: string, name: string): Found => [
        address,
        name,
        "open_config",
        /ssh\.forwardAgent.*override\.yaml/,
      ];
      await expectDrift(
        open("image.golden", fleet.golden),
        open("image.tools", fleet.tools),
        open("worker.default[1]", worker(1)),
        open("worker.default[2]", worker(2)),
      );
    });

    it("broken: half of its processes are there", async () => {
      const child = spawn("tail", ["-f", "/dev/null"], { stdio: "ignore" });
      children.push(child);
      writeFileSync(join(fleet.home, worker(1), "qemu.pid"), `${child.pid}\n`);
      await expectDrift(["worker.default[1]", worker(1), "broken", /half dead/]);
    });

    it("image_modified: it lost its protection", async () => {
      fleet.limactl("unprotect", fleet.golden);
      await expectDrift(["image.golden", fleet.golden, "image_modified", /no longer protected/]);
    });

    it("foreign_copy: a clone that somebody made of a worker and of an image, without an address", async () => {
      fleet.limactl("clone", worker(1), "mine");
      fleet.limactl("clone", fleet.golden, "my-image");
      await expectDrift(
        ["", "mine", "foreign_copy", new RegExp(`a copy of ${worker(1)} that limaform did not make`)],
        ["", "my-image", "foreign_copy", new RegExp(`a copy of ${fleet.golden} that limaform did not make`)],
      );
    });

    it("several at once, sorted by address", async () => {
      fleet.limactl("edit", worker(1), "--set", '.memory = "1GiB"');
      release(worker(1));
      fleet.limactl("unprotect", fleet.golden);
      fleet.limactl("clone", worker(2), "mine");
      await expectDrift(
        ["image.golden", fleet.golden, "image_modified", /protected/],
        ["worker.default[1]", worker(1), "changed", /memory/],
        ["worker.default[1]", worker(1), "stopped", /held|holds/],
        ["", "mine", "foreign_copy", /copy/],
      );
    });
  });

  describe("an answer that cannot be given", () => {
    it("for want of a baseline is exit code 1 and says what to do", async () => {
      const env = { LIMA_HOME: fleet.scratch("empty") };
      const { code, stdout } = await fleet.run(["drift", "--json"], { env });
      expect([code, JSON.parse(stdout)]).toMatchObject([1, { format: "limaform.error", code: "DRIFT_NO_BASELINE" }]);
      const text = await fleet.run(["drift"], { env });
      expect(text.code).toBe(1);
      expect(text.stderr).toMatch(/there is nothing to compare with.*\[DRIFT_NO_BASELINE\][\s\S]*limaform apply/);
    });

    it("as a whole tells what was found and what could not be read, with exit code 1", async () => {
      appendFileSync(configOf(worker(1)), "images: [\n");
      release(worker(2));
      const document = await fleet.json<DriftDocument>(1, "drift");
      expect(document).toMatchObject({
        ...{ format: "limaform.drift", drifted: true, complete: false },
        items: [{ kind: "stopped", instance: worker(2) }],
        error: { code: "DRIFT_INCOMPLETE", message: expect.stringContaining(`${worker(1)} cannot be read`) },
      });
      const { code, stdout } = await fleet.run(["drift"]);
      expect([code, stdout]).toEqual([
        1,
        expect.stringMatching(/stopped[\s\S]*Incomplete: .*\[DRIFT_INCOMPLETE\]\n {2}→ /),
      ]);
    });
  });

  it("counts without a record what the spec wants", async () => {
    rmSync(join(fleet.state, "record.json"));
    await expectNone();
    fleet.limactl("delete", worker(2));
    await expectDrift(["worker.default[2]", "", "missing", /its instance is not there any more/]);
  });

  it("is none for a commit, another spec, a hold, and files that would be carried along", async () => {
    fleet.write("src/new.txt", "new\n");
    fleet.git("add", "-A");
    fleet.git("commit", "-qm", "code");
    await expectNone();
    fleet.write("draft.txt", "not committed\n");
    await expectNone();
    fleet.edit("workers = 2", "workers = 5");
    fleet.edit('memory = "512MiB"', 'memory = "768MiB"');
    await expectNone();
    release(worker(1));
    fleet.edit("workers = 5", "workers = 2");
    fleet.edit('memory = "768MiB"', 'memory = "512MiB"');
    await fleet.expect(0, "stop", "1", "--yes");
    await expectNone();
  });
}
