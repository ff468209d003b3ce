import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClock } from "../../src/adapters/clock.js";
import { createDownloads } from "../../src/adapters/downloads/downloads.js";
import type { DriverPorts } from "../../src/resources/driver-ports.js";
import type { GuestWork } from "../../src/resources/image/recipes/guest-work.js";
import { installTree } from "../../src/resources/image/recipes/install.js";
import type { ToolFile } from "../../src/resources/image/recipes/recipe.js";
import type { DriverContext } from "../../src/resources/kind.js";
import { type FileServer, makeFileServer } from "../support/file-server.js";
import { type LocalGuest, makeLocalGuest } from "../support/local-guest.js";
import { smallDiskMissing } from "../support/small-disk.js";
import { type Member, makeTar } from "../support/tar.js";
import { makeZip } from "../support/zip.js";

/*
 * Archives of a tool that do what they like, with the right checksum: a mirror or a registry that turned bad. Unpacked by
 * the recipes' own scripts as root of a user namespace, whose /usr/local is a folder; what they may not touch is around it.
 */

const missing = smallDiskMissing();

describe.skipIf(missing !== null && process.env.CI !== "true")("an archive of a tool", () => {
  let guest: LocalGuest & { close(): Promise<void> };
  let server: FileServer;
  let local: string;
  let lines: string[];
  beforeEach(async () => {
    expect(missing).toBeNull();
    guest = await makeLocalGuest();
    server = await makeFileServer();
    local = join(await realpath(guest.home), "usr-local");
    lines = [];
    await mkdir(join(local, "lib"), { recursive: true });
    await mkdir(join(guest.home, "secret"), { mode: 0o700 });
    await writeFile(join(guest.home, "secret/key"), "before", { mode: 0o600 });
    const mount = 'mount --bind "$0" /usr/local && exec "$@"';
    guest.enter = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, local];
  });
  afterEach(async () => {
    await server.close();
    await guest.close();
  });

  const outside = () => join(guest.home, "secret");
  async function install(archives: readonly (Buffer | readonly Member[])[], setUp = "", into = ""): Promise<void> {
    const signal = new AbortController().signal;
    const downloads = createDownloads({
      env: { HOME: guest.home, XDG_CACHE_HOME: join(guest.home, "cache") },
      clock: createClock(),
    });
    const context = { signal, report: () => {}, log: (line: string) => void lines.push(line) };
    const work: GuestWork = {
      ports: { guest, downloads } as unknown as DriverPorts,
      context: context as unknown as DriverContext,
      ...{ instance: "app-tools-0", timeoutMs: 30_000, title: "node 24", key: "tools.node" },
    };
    const files = archives.map((each, index): ToolFile => {
      const [format, content] = Buffer.isBuffer(each) ? (["zip", each] as const) : (["tar.gz", makeTar(each)] as const);
      server.put(`/${index}`, content);
      const value = createHash("sha256").update(content).digest("hex");
      return {
        ...{ url: `${server.url}/${index}`, checksum: { algorithm: "sha256", value }, bytes: null, format },
        ...{ into: index === 0 ? "" : into, strip: 1, only: [] },
      };
    });
    await installTree(work, { name: "node", found: { version: "24.1.0", files }, links: { node: "bin/node" }, setUp });
  }
  /** Nothing outside was written or opened, and no half of the tool is in its place. */
  async function expectUntouched(): Promise<void> {
    expect(await readFile(join(outside(), "key"), "utf8")).toBe("before");
    expect((await stat(join(outside(), "key"))).mode & 0o7777).toBe(0o600);
    expect(await readdir(outside())).toEqual(["key"]);
    expect(await readdir(join(local, "lib/limaform"))).toEqual([".node.new"]);
    expect((await readdir(local)).sort()).toEqual(["lib"]);
  }
  const refused = (reason: RegExp) => ({ code: "TOOL_INSTALL_FAILED", message: expect.stringMatching(reason) });

  const NODE: Member = { name: "node-v24/bin/node", text: "#!/bin/sh\n", mode: 0o755 };

  it("that is as it should be is installed, with links inside it, and without setuid, sticky and others' write", async () => {
    await install([
      [
        { name: "node-v24/lib", type: "5", mode: 0o7777 },
        { ...NODE, mode: 0o6777 },
        { name: "node-v24/lib/tool.js", text: "x", mode: 0o666 },
        { name: "node-v24/bin/tool", type: "2", link: "../lib/tool.js" },
        { name: "node-v24/lib/self", type: "2", link: ".." },
        { name: "node-v24/bin/same", type: "1", link: "node-v24/bin/node" },
        { name: "/node-v24/top", text: "x" },
      ],
      makeZip({ "pack/extra.js": "y" }),
    ]);
    const place = join(local, "lib/limaform/node");
    const modes = await Promise.all(
      ["lib", "bin/node", "lib/tool.js", "extra.js"].map(async (name) => (await stat(join(place, name))).mode & 0o7777),
    );
    expect(modes.map((mode) => mode.toString(8))).toEqual(["755", "755", "644", "644"]);
    expect(await readdir(join(local, "bin"))).toEqual(["node"]);
  });

  it.each([
    ["a name that climbs out", (): Member => ({ name: "node-v24/../../../../secret/new", text: "x" })],
    [
      "a climbing name behind the folder that is dropped",
      () => ({ name: `a/${"../".repeat(20)}${outside()}/new`, text: "x" }),
    ],
    ["a hard link to a file outside", () => ({ name: "node-v24/key", type: "1", link: join(outside(), "key") })],
    ["a climbing hard link", () => ({ name: "node-v24/key", type: "1", link: `${"../".repeat(20)}${outside()}/key` })],
    ["a device", () => ({ name: "node-v24/disk", type: "3" })],
    ["a file below a link that leads out", () => ({ name: "node-v24/way/new", text: "x" })],
  ] as readonly (readonly [string, () => Member])[])(
    "with %s is refused, and nothing outside is touched",
    async (_, member) => {
      const way: Member = { name: "node-v24/way", type: "2", link: outside() };
      const needed = member().name.startsWith(`${way.name}/`) ? [way] : [];
      await expect(install([[NODE, ...needed, member()]])).rejects.toMatchObject(refused(/unpacking 0/u));
      await expectUntouched();
    },
  );

  it("with an absolute name behind the folder that is dropped stays inside", async () => {
    await install([[NODE, { name: `node-v24/${outside()}/key`, text: "inside" }]]);
    expect(await readFile(join(local, "lib/limaform/node", outside(), "key"), "utf8")).toBe("inside");
    expect(await readFile(join(outside(), "key"), "utf8")).toBe("before");
  });

  it("with a hard link to an absolute name behind the folder that is dropped is refused", async () => {
    const link: Member = { name: "node-v24/key", type: "1", link: `node-v24/${outside()}/key` };
    await expect(install([[NODE, link]])).rejects.toMatchObject(refused(/unpacking 0/u));
    await expectUntouched();
  });

  it("replaces what an earlier one brought, by the same name only", async () => {
    const [first, second] = ["first", "second"].map((text): Member => ({ name: "pack/lib/note", text }));
    await install([[NODE, first as Member, { name: "node-v24/other", type: "2", link: "lib" }], [second as Member]]);
    expect(await readFile(join(local, "lib/limaform/node/lib/note"), "utf8")).toBe("second");
    const clash: Member = { name: "pack/other/note", text: "third" };
    const tree: Member = { name: "node-v24/other", type: "2", link: "bin" };
    await expect(install([[NODE, tree], [clash]])).rejects.toMatchObject(refused(/unpacking 1/u));
  });

  it.each([
    ["to an absolute place", () => outside(), "leads out of it"],
    ["up and out", () => "../../../../../../../etc", "leads out of it"],
    ["to a neighbour whose name begins alike", () => "../../.node.newer", "leads out of it"],
    ["that stays inside only until the leading folder is dropped", () => "../../node-v24/bin/node", "leads out of it"],
  ])("with a link %s is refused", async (_, link, reason) => {
    await expect(install([[NODE, { name: "node-v24/lib/loop", type: "2", link: link() }]])).rejects.toMatchObject(
      refused(/unpacking 0/u),
    );
    expect(lines.join("\n")).toContain(`refused: a link in the archive ${reason}`);
    await expectUntouched();
  });

  it("with a pipe is refused, by a name without control characters", async () => {
    const pipe: Member = { name: "node-v24/a\u001b[31m", type: "6" };
    await expect(install([[NODE, pipe]])).rejects.toMatchObject(refused(/unpacking 0/u));
    expect(lines).toContain("refused: the archive has a device or a pipe: ./node-v24/a?[31m");
    await expectUntouched();
  });

  it("whose program is a link out is refused before root makes anything executable through it", async () => {
    await chmod(join(outside(), "key"), 0o600);
    const program: Member = { name: "node-v24/bin/node", type: "2", link: join(outside(), "key") };
    await expect(install([[program]], "chmod 755 bin/node")).rejects.toMatchObject(refused(/unpacking 0/u));
    await expectUntouched();
  });

  it("whose folder is a link out is refused before the next archive is unpacked into it", async () => {
    const way: Member = { name: "node-v24/lib", type: "2", link: outside() };
    const second: Member = { name: "npm/new", text: "x" };
    await expect(install([[NODE, way], [second]], "", "lib/npm")).rejects.toMatchObject(refused(/unpacking 0/u));
    await expectUntouched();
    expect(server.asked).toEqual(["GET /0"]);
  });

  it.each(["../../secret/new", "/etc/new", "a/./new", "a//new"])(
    "that is a zip with the name %j is refused",
    async (name) => {
      await expect(install([makeZip({ "pack/bin/node": "x", [`pack/${name}`]: "x" })])).rejects.toMatchObject(
        refused(/unpacking 0/u),
      );
      expect(lines.join("\n") + (await readdir(local)).join()).not.toContain("bin");
      await expectUntouched();
    },
  );
});
