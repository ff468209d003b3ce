import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cachedDownload } from "../../src/adapters/lima/download-cache.js";
import { renderTemplate } from "../../src/resources/image/template.js";
import { sha256Hex } from "../../src/util/digest.js";
import { type FileServer, makeFileServer } from "../support/file-server.js";
import { realLimaMissing } from "../support/lima.js";

/* Where the real limactl keeps what it downloads: `plan` looks there before it says that something will be downloaded. */

const IMAGE = Buffer.alloc(65_536, 7);
const missing = realLimaMissing();

describe.skipIf(missing !== null && process.env.CI !== "true")("the real limactl's cache of downloads", () => {
  let home: string;
  let server: FileServer;
  beforeAll(async () => {
    home = await mkdtemp("/tmp/lfd-");
    server = await makeFileServer();
    server.put("/base.img", IMAGE);
  });
  afterAll(async () => {
    await server.close();
    await rm(home, { recursive: true });
  });

  it("is where the plan looks for a base image, and what lies there is not fetched again", async () => {
    const cache = join(home, "cache");
    const env = { PATH: process.env.PATH ?? "", HOME: home, XDG_CACHE_HOME: cache, LIMA_HOME: join(home, "lima") };
    const location = `${server.url}/base.img`;
    const template = renderTemplate({
      params: { limaform_format: "1" },
      entry: {
        ...{ location, digest: `sha256:${sha256Hex(IMAGE)}`, kernel: null, initrd: null, cmdline: null },
        arch: process.arch === "arm64" ? "aarch64" : "x86_64",
      },
      ...{ vmType: "qemu", cpus: 1, memoryBytes: 512 * 1024 ** 2, diskBytes: 16 * 1024 ** 2, user: "agent" },
    });
    const create = async (name: string): Promise<void> => {
      const running = promisify(execFile)("limactl", ["--tty=false", "create", `--name=${name}`, "-"], { env });
      running.child.stdin?.end(template);
      await running;
    };
    expect(await cachedDownload(env, location)).toBeNull();
    await create("one");
    expect(await cachedDownload(env, location)).toBe(IMAGE.length);
    const { length } = server.asked;
    await create("two");
    expect([length > 0, server.asked.length - length]).toEqual([true, 0]);
    expect(await cachedDownload({ HOME: home }, location)).toBeNull();
  });
});
