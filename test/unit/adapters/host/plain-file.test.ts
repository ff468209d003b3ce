import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readPlainFile } from "../../../../src/adapters/host/plain-file.js";
import { glanceAtOne } from "../../../../src/adapters/lima/glance.js";
import { createInstanceFiles } from "../../../../src/adapters/lima/instance-files.js";
import { openConnection } from "../../../../src/adapters/ssh/connection.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lfp."));
});
afterEach(() => rm(folder, { recursive: true }));

const pipe = (path: string) => execFileSync("mkfifo", [path]);

it("gives the text of a file, also through a link", async () => {
  await writeFile(join(folder, "file"), "text\n");
  await symlink("file", join(folder, "link"));
  expect(await readPlainFile(join(folder, "file"))).toBe("text\n");
  expect(await readPlainFile(join(folder, "link"))).toBe("text\n");
});

it("waits for nothing that is no file", async () => {
  pipe(join(folder, "pipe"));
  await symlink("pipe", join(folder, "link"));
  await symlink("/dev/zero", join(folder, "device"));
  await mkdir(join(folder, "folder"));
  const server = createServer().listen(join(folder, "socket"));
  try {
    for (const name of ["pipe", "link", "device", "folder", "socket", "absent", "pipe/below"])
      expect(await readPlainFile(join(folder, name)), name).toBeNull();
  } finally {
    server.close();
  }
});

it("so that nothing beside an instance can hold up a look at it", async () => {
  const dir = join(folder, "w-1");
  await mkdir(dir);
  pipe(join(dir, "ssh.config"));
  for (const name of ["ready", "push", "hostkey", "build"]) pipe(join(dir, `limaform-${name}.json`));
  const files = createInstanceFiles(folder);
  expect(await files.readHostKey("w-1")).toBeNull();
  expect(await files.readBuild("w-1")).toBeNull();
  const options = { home: folder, env: { XDG_RUNTIME_DIR: folder }, files };
  await expect(openConnection(options, "w-1", false)).rejects.toMatchObject({ code: "GUEST_NOT_RUNNING" });
  const marks = { format: "1", project: "p", owner: "a1b2c3d4e5f6", role: "worker", address: "worker.default[1]" };
  const others = { revision: "ab", image: "-", sealed: "-", hold: "-", applied: "-", name: "w-1", slot: "1" };
  const params = Object.entries({ ...marks, ...others }).map(([key, value]) => `  limaform_${key}: "${value}"\n`);
  await writeFile(join(dir, "lima.yaml"), `param:\n${params.join("")}`);
  expect(await glanceAtOne(folder, "w-1")).toMatchObject({ name: "w-1", readyAt: null, lastPush: null });
  await rm(join(dir, "lima.yaml"));
  pipe(join(dir, "lima.yaml"));
  expect(await glanceAtOne(folder, "w-1")).toBeNull();
});
