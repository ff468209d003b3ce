import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKnownVersion } from "../../../../src/adapters/lima/known-version.js";

const ITSELF = `${"\0".repeat(3 * 1024 ** 2)}path\tgithub.com/lima-vm/lima/v2/cmd/limactl\n`;

let folder: string;
const state = () => join(folder, "_limaform");
const program = () => join(folder, "bin", "limactl");
const open = (path = join(folder, "bin")) => createKnownVersion(folder, { PATH: path });
const install = async (content: string, file = program()) => {
  await writeFile(`${file}.new`, content, { mode: 0o755 });
  await rename(`${file}.new`, file);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lf-version-"));
  await mkdir(join(folder, "bin"));
  await mkdir(state());
  await install(ITSELF);
});
afterEach(() => rm(folder, { recursive: true }));

/** As a command that asks, and the next one. */
async function askedAndNext(version = "2.2.0"): Promise<string | null> {
  const known = open();
  expect(await known.recall()).toBeNull();
  await known.keep(version);
  return open().recall();
}

describe("what limactl said of its version", () => {
  it("is known to the next command", async () => expect(await askedAndNext()).toBe("2.2.0"));

  it("is asked anew of another file in its place", async () => {
    await askedAndNext();
    await install(`${ITSELF}newer`);
    expect(await askedAndNext("2.3.0")).toBe("2.3.0");
  });

  it("is asked anew of a file that was written over in place, its time kept", async () => {
    await askedAndNext();
    const time = new Date(0);
    await utimes(program(), time, time);
    await askedAndNext();
    await writeFile(program(), ITSELF.replace("v2", "v3"));
    await utimes(program(), time, time);
    expect(await open().recall()).toBeNull();
  });

  it("is not kept of a wrapper, whose file says nothing of what is behind it", async () => {
    await install("#!/bin/sh\nexec /opt/lima/bin/limactl");
    expect(await askedAndNext()).toBeNull();
    expect(await readFile(join(state(), "limactl.json"), "utf8")).toContain('"lima":null');
  });

  it("is not kept of a file that went away while it was asked", async () => {
    const known = open();
    await known.recall();
    await rm(program());
    await known.keep("2.2.0");
    expect(await open().recall()).toBeNull();
    await install(ITSELF);
    expect(await askedAndNext()).toBe("2.2.0");
  });

  it("follows a link to another limactl", async () => {
    const [older, newer] = [join(folder, "older"), join(folder, "newer")];
    await install(ITSELF, older);
    await install(ITSELF, newer);
    await rm(program());
    await symlink(older, program());
    expect(await askedAndNext()).toBe("2.2.0");
    await symlink(newer, `${program()}.new`);
    await rename(`${program()}.new`, program());
    expect(await open().recall()).toBeNull();
  });

  it("is not looked for where the PATH may mean another file to limactl's own folder", async () => {
    await askedAndNext();
    expect(await open(`bin:${join(folder, "bin")}`).recall()).toBeNull();
    expect(await open("").recall()).toBeNull();
  });

  it("makes no folder on a host that has nothing of ours", async () => {
    await rm(state(), { recursive: true });
    expect(await askedAndNext()).toBeNull();
    expect(await readdir(folder)).toEqual(["bin"]);
  });

  it("is asked again where what is kept cannot be read", async () => {
    await mkdir(join(state(), "limactl.json"));
    expect(await askedAndNext()).toBeNull();
  });

  it.each(["", "{", "{}", '{"format":"limaform.limactl","version":1,"stamp":1}'])(
    "is asked again where %j is kept",
    async (text) => {
      await writeFile(join(state(), "limactl.json"), text);
      expect(await askedAndNext()).toBe("2.2.0");
    },
  );
});
