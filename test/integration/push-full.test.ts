import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodeScene, INSTANCE, makeCodeScene } from "../support/code-scene.js";
import { makeSmallDisk, type SmallDisk, smallDiskMissing } from "../support/small-disk.js";

const missing = smallDiskMissing();

/** The disk of a worker is a file system of its own that fills: the system's own ENOSPC, seen by the guest's real git. */
describe.skipIf(missing !== null)("a worker whose disk is full", () => {
  let scene: CodeScene;
  let disk: SmallDisk;
  /** Content that no compression makes smaller. */
  const noise = (kib: number): string => randomBytes(kib * 768).toString("base64");
  const everything = () =>
    scene.guest.sh(
      "if [ -d project ]; then cd project; find . -path ./.git -prune -o -type f -print | sort | xargs -r sha256sum; git for-each-ref; git rev-parse HEAD; git status --porcelain; ls -A .git/objects/pack; fi",
    );
  const refused = async () => {
    const error = await scene.push().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: "PUSH_DISK_FULL",
      message: expect.stringMatching(
        /^The code could not be brought into my-app-worker-1: the disk of the worker is full \(.* free at ~\/project\); what it held is as it was$/,
      ),
      hint: `Make room in it: limaform shell ${INSTANCE} -- df -h; or give it a larger vm.disk in limaform.toml; then: limaform apply`,
    });
  };

  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "one\n", ".gitignore": "*.log\n" });
    disk = await makeSmallDisk(scene.guest.home);
    scene.guest.enter = disk.enter;
    // Something is there: a size of 0 would be no limit.
    await scene.guest.sh("mkdir .fake-systemd; echo mine > notes");
    for (const name of ["b", "c", "d"]) await scene.user.write(`src/${name}.bin`, noise(256));
    await scene.user.commit("large files");
  });
  afterEach(async () => {
    disk.close();
    await scene.close();
  });

  // 750 KiB of base64 pack to 580: no room for the repository, for the pack, for the files, for the last of them.
  it.each([0, 64, 400, 700, 1000, 1240])("at its first push, %i KiB left: nothing stays of it", async (left) => {
    await disk.leave(left);
    await refused();
    expect(await scene.guest.sh("ls -A project 2>/dev/null || true")).toBe("");
    await disk.leave(null);
    const { base } = await scene.push();
    expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(base);
    expect(await scene.guest.git("project", "status", "--porcelain")).toBe("");
  });

  it.each([0, 64, 400, 600, 700, 760])("at a later push, %i KiB left: the old code stays whole", async (left) => {
    await scene.push();
    await scene.guest.sh("echo mine > project/out.log");
    for (const name of ["b", "d", "e"]) await scene.user.write(`src/${name}.bin`, noise(256));
    await writeFile(join(scene.user.root, "src/a.txt"), "two\n");
    await scene.user.commit("others");
    const before = await everything();
    await disk.leave(left);
    await refused();
    expect(await everything()).toBe(before);
    await disk.leave(null);
    const { base } = await scene.push();
    expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(base);
    expect(await scene.guest.sh("cat project/out.log project/src/a.txt")).toBe("mine\ntwo");
  });
});
