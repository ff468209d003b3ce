import { spawnSync } from "node:child_process";
import { appendFile, chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SETUP = fileURLToPath(new URL("../../setup", import.meta.url));
const RECIPE = 'for f in root.qcow2 vmlinuz initrd.img; do echo "$f" > "$1/$f"; done; echo root=x > "$1/cmdline"\n';

/* The set-up's scripts in a copy with a space in its path, a recipe that takes no time, and stubs first on the PATH. */
describe("the set-up's scripts", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "limaform set-up-"));
    await cp(SETUP, join(folder, "setup"), { recursive: true });
    await writeFile(join(folder, "setup/base-image-recipe.sh"), RECIPE);
    await mkdir(join(folder, "bin"));
    await stub("mmdebstrap", "true");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const stub = async (name: string, script: string) => {
    await writeFile(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, "bin", name), 0o755);
  };
  const bash = (line: string, env: Record<string, string> = {}) => {
    const path = `${join(folder, "bin")}:${process.env.PATH}`;
    const cache = join(folder, "cache");
    const { stdout, stderr, status } = spawnSync("bash", ["-c", line], {
      cwd: folder,
      env: { PATH: path, LIMAFORM_SETUP_CACHE: cache, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { status, text: `${stdout}${stderr}` };
  };

  describe.skipIf(process.platform !== "linux")("make the base image", () => {
    const image = async () => {
      const names = await readdir(join(folder, "cache/base-image"));
      return join(folder, "cache/base-image", names.find((name) => /^[0-9a-f]{16}$/u.test(name)) ?? "");
    };

    it("once, and leave no working folder", async () => {
      expect(bash("bash setup/base-image.sh")).toMatchObject({ status: 0, text: expect.stringContaining("made") });
      expect(bash("bash setup/base-image.sh")).toMatchObject({ status: 0, text: expect.not.stringContaining("made") });
      expect(await readdir(join(folder, "cache/base-image"))).toHaveLength(2);
    });

    it.each(["root.qcow2", "vmlinuz", "initrd.img"])("anew where %s is there and not whole", async (name) => {
      bash("bash setup/base-image.sh");
      const file = join(await image(), name);
      await appendFile(file, "garbage");
      expect(bash("bash setup/base-image.sh").text).toContain("is not whole: making it again");
      expect(await readFile(file, "utf8")).toBe(`${name}\n`);
      await rm(file);
      expect(bash("bash setup/base-image.sh").text).toContain("is not whole: making it again");
    });

    it("not anew where an earlier set-up noted the disk's digest alone", async () => {
      bash("bash setup/base-image.sh");
      await rm(join(await image(), "sums"));
      expect(bash("bash setup/base-image.sh").text).not.toContain("again");
    });
  });

  it("give their children a HOME where there is none", () => {
    expect(bash(". setup/lib.sh; env | grep -c ^HOME=/")).toEqual({ status: 0, text: "1\n" });
  });

  it("say what to type where root is needed and sudo is missing or asks for a password", async () => {
    await stub("id", "echo 1000");
    const line = 'export PATH="$PWD/bin"; PATH=$PATH:/sbin; have() { [ -x "$PWD/bin/$1" ]; }; as_root frob x';
    expect(bash(`. setup/lib.sh; ${line}`)).toMatchObject({
      status: 1,
      text: "setup: this needs root, and there is no sudo. Run as root: frob x\n",
    });
    await stub("sudo", 'echo "sudo: a password is required" >&2; exit 1');
    expect(bash(`. setup/lib.sh; ${line}`)).toMatchObject({
      status: 1,
      text: expect.stringContaining("Run first: sudo frob x"),
    });
    await stub("sudo", '[ "$1" = -n ] || echo "ran $*"');
    expect(bash(`. setup/lib.sh; ${line}`)).toEqual({ status: 0, text: "ran frob x\n" });
  });
});
