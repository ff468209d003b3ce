import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument, ImageDiffDocument, ImageDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import type { BuildNote, DoneStep } from "../../src/world/build.js";
import { writeImageSpec } from "../e2e/chapters/image-sample.js";
import { type Asked, imageTools } from "../e2e/chapters/image-tools.js";
import { FILES } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet, worker } from "../support/e2e.js";
import { registries } from "../support/registries.js";

/* Every tool, rust too, both hooks, and the whole of it twice: too long for every test run. */

const IN_WORKER: readonly Asked[] = [
  ["rust", "rustc --version && cargo --version", /^rustc 1\.\d+\.\d+ [\s\S]*^cargo 1\./mu],
  ["hooks", "cat ~/provisioned ~/synced", /^tools are there\ncode is there$/mu],
];
/** Written and removed again by a hook: an image that is not trimmed keeps it. */
const BALLAST_MIB = 512;
const HOOKS = {
  postProvision: `jq --version && rustc --version && echo tools are there > ~/provisioned
head -c ${BALLAST_MIB}M /dev/urandom > ~/ballast; sync; rm ~/ballast`,
  postSync: "test -f count.sh && echo code is there > ~/synced",
};

/** Where two workers of two equal images differ, and why. */
const MAY_DIFFER: readonly (readonly [path: RegExp, why: string])[] = [
  [/^\/etc\/(machine-id|ssh\/ssh_host_)/u, "made by each worker for itself"],
  [/^\/var\/(log|lib\/cloud|lib\/systemd|cache|tmp)\//u, "the log, state and caches of its boots"],
  [/^\/(root|home\/\w+)\/\./u, "caches and settings that programs date in the home folders"],
  [
    /^\/etc\/(hosts|sudoers\.d\/90-cloud-init-users)$/u,
    "names and times of the boots that the disk had, by cloud-init",
  ],
  [/^\/home\/agent\/e2e\/\.git\/(index|logs\/)/u, "when git wrote the files of the code"],
  [/^\/tmp\//u, "made since the worker's boot; images come without"],
];

describe("an image with every tool", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeImageSpec(fleet, { ...HOOKS, workers: 1, disk: "8GiB" });
    await fleet.edit('apt = ["jq"]', 'rust = "stable"\napt = ["jq"]');
    await fleet.repository.commit("Ask for tools");
  });
  afterAll(() => fleet?.close());

  const image = (prefix: string, not = "") =>
    fleet.list().find(({ name }) => name.startsWith(prefix) && name !== not) ?? { name: "", dir: "" };
  const noted = (dir: string): readonly DoneStep[] =>
    (JSON.parse(readFileSync(join(dir, "limaform-build.json"), "utf8")) as { note: BuildNote }).note.done;
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const tell = (steps: readonly DoneStep[]) => {
    for (const { name, version, source, elapsedMs, ...bytes } of steps) {
      const { downloadedBytes, indexBytes, cachedBytes } = bytes;
      const parts = [`${downloadedBytes} + ${indexBytes} of indexes from outside`, `${cachedBytes} cached`];
      say([name, version, source, ...parts, `${Math.round(elapsedMs / 1000)} s`].join("  "));
    }
  };

  it("is built, and rust compiles and runs a program in a worker", async () => {
    expect((await fleet.json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
    tell(noted(image("e2e-tools-").dir));
    const program = `echo 'fn main() { println!("made by rust") }' > /tmp/a.rs && rustc -o /tmp/a /tmp/a.rs && /tmp/a && cargo --version`;
    expect(await fleet.inside(1, "sh", "-c", program)).toMatch(/^made by rust\ncargo 1\./u);
  });

  it("takes no more room on the host than its files: what was removed is given back before the seal", async () => {
    const used = await fleet.inside(1, "df", "--output=used", "-B1", "/");
    const usedMib = Number(used.split("\n").at(-1)) / 2 ** 20;
    const sealed = chain(join(image(worker(1)).dir, "disk")).slice(1);
    const onHostMib = sealed.map((disk) => disk["actual-size"] / 2 ** 20);
    say(`MiB: ${Math.round(usedMib)} used in the worker, on the host ${onHostMib.map(Math.round).join(" + ")}`);
    expect(sealed.length).toBeGreaterThan(0);
    expect(onHostMib.reduce((sum, mib) => sum + mib, 0)).toBeLessThan(usedMib + BALLAST_MIB / 2);
  });

  imageTools(() => fleet, IN_WORKER);

  it("says every version in image show", async () => {
    const { image: shown } = await fleet.json<ImageDocument>(0, "image", "show", "image.tools");
    say(JSON.stringify(shown.versions));
    const { npm, go, python } = registries();
    const wanted = { python: true, rust: true, node: npm !== null, go: go !== null, duckdb: python !== null };
    for (const [name] of Object.entries(wanted).filter(([, isThere]) => isThere)) {
      expect(shown.versions[name], name).toMatch(/^\d+\.\d+\.\d+$/u);
    }
    if (npm !== null) expect(Object.keys(shown.versions).join()).toContain("claude");
  });

  let [before, after] = ["", ""];
  let files: ReadonlyMap<string, string> = new Map();

  it("is built again from the host's cache: no file comes from outside, indexes apart", async () => {
    files = await listing(fleet);
    const [firstTools, firstGolden] = [image("e2e-tools-"), image("e2e-golden-")];
    const first = noted(firstTools.dir);
    await fleet.json<ApplyDocument>(0, "build", "--no-cache", "--yes");
    const secondTools = image("e2e-tools-", firstTools.name);
    const second = noted(secondTools.dir);
    [before, after] = [firstTools.name, secondTools.name];
    expect(image("e2e-golden-", firstGolden.name).name).not.toBe("");
    tell(second);
    expect(second.map(({ name, version }) => [name, version])).toEqual(
      first.map(({ name, version }) => [name, version]),
    );
    expect(second.map(({ name, downloadedBytes }) => [name, downloadedBytes])).toEqual(
      second.map(({ name }) => [name, 0]),
    );
    for (const { name, cachedBytes } of second) {
      const earlier = first.find((step) => step.name === name);
      expect(cachedBytes, name).toBe((earlier?.cachedBytes ?? 0) + (earlier?.downloadedBytes ?? 0));
    }
    for (const name of ["apt", "rust"]) {
      expect(second.find((step) => step.name === name)?.cachedBytes, name).toBeGreaterThan(1_000_000);
    }
    // apt's own word about its packages.
    const apt = second.find(({ name }) => name === "apt")?.log ?? "";
    expect(readFileSync(apt, "utf8")).toContain("Need to get 0 B/");
  });

  it("is the same one again: image diff finds when it was built, and nothing that is in it", async () => {
    const diff = await fleet.json<ImageDiffDocument>(0, "image", "diff", before, after);
    say(await fleet.expect(0, "image", "diff", before, after));
    const [one, two] = [
      await fleet.json<ImageDocument>(0, "image", "show", before),
      await fleet.json<ImageDocument>(0, "image", "show", after),
    ];
    expect(one.record?.packages.length).toBeGreaterThan(100);
    say(`${one.record?.packages.length} packages in each`);
    expect(two.record?.packages).toEqual(one.record?.packages);
    expect(two.image.versions).toEqual(one.image.versions);
    expect(diff.changes.map(({ part, name }) => `${part} ${name}`)).toEqual(["build sealed at"]);
    expect(diff.equal).toBe(true);
  });

  it("has the same files in its workers, apart from what a machine writes of itself and of its time", async () => {
    expect((await fleet.json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
    const now = await listing(fleet);
    const differing = [...new Set([...files.keys(), ...now.keys()])]
      .filter((path) => files.get(path) !== now.get(path))
      .sort();
    const reasons = differing.map((path) => [path, MAY_DIFFER.find(([pattern]) => pattern.test(path))?.[1]] as const);
    say(`${now.size} files, ${differing.length} of them differ:`);
    for (const [path, why] of reasons) say(`  ${path}  ${why ?? "?"}`);
    expect(now.size).toBeGreaterThan(10_000);
    expect(reasons.filter(([, why]) => why === undefined)).toEqual([]);
  });

  it("is rebuilt from post_sync on where only that changes, in a quarter of the time at most", async () => {
    const builtInMs = async (address: string) =>
      (await fleet.json<ImageDocument>(0, "image", "show", address)).image.builtInMs ?? Number.NaN;
    // From the host's cache already: with its downloads the whole takes longer.
    const whole = (await builtInMs("image.tools")) + (await builtInMs("image.golden"));
    await fleet.edit("echo code is there", "echo code is here");
    await fleet.repository.commit("Say it otherwise");
    await fleet.expect(0, "trust", "--yes");
    const { changes } = await fleet.json<Plan>(0, "plan");
    const actionOf = (address: string) => changes.find((change) => change.address === address)?.action;
    const actions = ["image.tools", "image.golden", "worker.default[1]"].map(actionOf);
    expect(actions).toEqual(["none", "create", "replace"]);
    expect((await fleet.json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
    expect(await fleet.inside(1, "cat", "/home/agent/synced")).toBe("code is here");
    const again = await builtInMs("image.golden");
    const seconds = [again, whole].map((ms) => Math.round(ms / 1000)).join(" : ");
    say(`post_sync alone : whole chain = ${seconds} = ${(again / whole).toFixed(2)}`);
    expect(again / whole).toBeLessThanOrEqual(0.25);
  });
});

/** Every file on the worker's disk and the digest of its content. */
async function listing(fleet: Fleet): Promise<ReadonlyMap<string, string>> {
  // Files may go while they are read.
  const script = "sudo find / -xdev -type f -print0 | sudo xargs -0 -n 500 sha256sum 2> /dev/null; true";
  const lines = (await fleet.inside(1, "sh", "-c", script)).split("\n");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const));
}

/** A disk and what it lies on, nearest first. */
function chain(disk: string): readonly { readonly "actual-size": number }[] {
  // -U: the VM runs.
  return JSON.parse(
    execFileSync("qemu-img", ["info", "-U", "--backing-chain", "--output=json", disk], { encoding: "utf8" }),
  );
}
