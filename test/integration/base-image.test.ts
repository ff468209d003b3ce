import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DoctorDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import { sha256Hex } from "../../src/util/digest.js";
import { type FileServer, makeFileServer } from "../support/file-server.js";
import { HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld } from "../support/program.js";

/* What `plan` and `doctor` say of a base image before it is downloaded. */

const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";
const DIGEST = `sha256:${"0".repeat(64)}`;
const IMAGE = Buffer.alloc(3 * 1024 * 1024, 7);

let world: ProgramWorld;
let server: FileServer;
beforeAll(() => {
  world = makeProgramWorld();
  world.save();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());
beforeEach(async () => {
  server = await makeFileServer();
});
afterEach(async () => {
  world.restore();
  await server.close();
});

function useImage(table: string): void {
  world.edit(/^image = .*$/mu, `image = { ${table}, arch = "${ARCH}" }`);
}

function useUrl(path = "/base.qcow2"): string {
  const url = `${server.url}${path}`;
  useImage(`location = "${url}", digest = "${DIGEST}"`);
  return url;
}

async function look(env: Record<string, string> = {}): Promise<{ plan: Plan; text: string; doctor: string }> {
  const ended = [];
  for (const argv of [["plan", "--json"], ["plan"], ["doctor", "--json"]]) ended.push(await world.run(argv, { env }));
  const [plan, text, doctor] = ended.map(({ stdout }) => stdout) as [string, string, string];
  expect(ended.slice(0, 2).map(({ code }) => code)).toEqual([0, 0]);
  const check = (JSON.parse(doctor) as DoctorDocument).checks.find(({ id }) => id === "base-image");
  return { plan: JSON.parse(plan) as Plan, text, doctor: `${check?.status}: ${check?.text}` };
}

/** As limactl has it on Linux. */
function cacheAsLima(url: string): void {
  const file = join(world.env.HOME ?? "", ".cache/lima/download/by-url-sha256", sha256Hex(url), "data");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, IMAGE);
}

describe("a base image that is to be built on", () => {
  it("is asked for its size by one HEAD where it must be downloaded", async () => {
    const url = useUrl();
    server.put("/base.qcow2", (_request, response) => void response.writeHead(200, LENGTH).end());
    const { plan, text, doctor } = await look();
    expect(plan.downloads).toEqual([
      { what: "base image", location: url, from: "download", bytes: IMAGE.length, unknown: null },
    ]);
    expect(text).toContain(`note: the base image ${url} is to be downloaded: 3 MiB\n`);
    expect(text).toMatch(/^Plan: .*3 MiB of base image to download/mu);
    expect(doctor).toBe(`ok: the base image ${url} is to be downloaded: 3 MiB`);
    expect(server.asked).toEqual(Array(3).fill("HEAD /base.qcow2"));
    expect(world.changes()).toEqual([]);
  });

  it("is found in Lima's cache, and then nobody is asked", async () => {
    const url = useUrl();
    cacheAsLima(url);
    const { plan, text, doctor } = await look();
    expect(plan.downloads).toMatchObject([{ from: "cache", bytes: IMAGE.length }]);
    expect(text).toContain("is in Lima's cache: 3 MiB, nothing to download");
    expect(text).not.toContain("of base image to download");
    expect(doctor).toMatch(/^ok: /u);
    expect(server.asked).toEqual([]);
  });

  it("hinders no plan where its server cannot be reached, through a dead proxy", async () => {
    useUrl();
    const { plan, text, doctor } = await look({ http_proxy: "http://127.0.0.1:9" });
    expect(plan).toMatchObject({ applicable: true, downloads: [{ from: "download", bytes: null }] });
    expect(text).toMatch(/is to be downloaded: size unknown \(http:\S+ cannot be reached: ECONNREFUSED\)/u);
    expect(doctor).toMatch(/^warning: .*size unknown/u);
    expect(server.asked).toEqual([]);
  });

  it("is waited for five seconds, no longer", async () => {
    useUrl("/silent");
    server.put("/silent", () => {});
    const startedMs = performance.now();
    const { stdout } = await world.run(["plan"]);
    expect(stdout).toMatch(/size unknown \(127\.0\.0\.1:\d+ did not answer within 5 s\)/u);
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  it("is told with kernel and initrd, files of this host among them, and without a login", async () => {
    writeFileSync(join(world.root, "initrd.img"), Buffer.alloc(2048));
    useImage(
      `location = "./base.img", kernel = "${server.url.replace("//", "//uma:secret@")}/vmlinuz?key=secret", initrd = "./initrd.img"`,
    );
    server.put("/vmlinuz?key=secret", (_request, response) => void response.writeHead(200, LENGTH).end());
    const { plan, text, doctor } = await look();
    expect(plan.downloads?.map(({ what, from, bytes }) => [what, from, bytes])).toEqual([
      ["base image", "file", 65_536],
      ["kernel", "download", IMAGE.length],
      ["initrd", "file", 2048],
    ]);
    for (const told of [text, doctor]) {
      expect(told).toContain(`the kernel ${server.url}/vmlinuz is to be downloaded: 3 MiB`);
      expect(told).not.toContain("secret");
    }
    expect(JSON.stringify(plan.downloads) + plan.notes.join()).not.toContain("secret");
  });

  it("is missing for doctor where its file is", async () => {
    useImage('location = "./gone.img"');
    const { stdout } = await world.run(["doctor", "--json"]);
    const { checks, ready } = JSON.parse(stdout) as DoctorDocument;
    expect(ready).toBe(false);
    expect(checks.find(({ id }) => id === "base-image")).toMatchObject({ status: "missing" });
  });

  it("is of no interest once the image is built", async () => {
    await world.apply();
    const plan = await world.plan();
    expect([plan.downloads, plan.notes.filter((note) => note.includes("base image"))]).toEqual([undefined, []]);
  });
});

const LENGTH = { "content-length": String(IMAGE.length) };
