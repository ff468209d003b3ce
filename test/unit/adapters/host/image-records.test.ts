import { describe, expect, it } from "vitest";
import { createImageRecords } from "../../../../src/adapters/host/image-records.js";
import { StoreError } from "../../../../src/errors/errors.js";
import type { ImageRecord } from "../../../../src/world/image-record.js";
import { createMemoryStore } from "../../../support/memory-store.js";

const STEP = { name: "node", key: "k", title: "node 24", startedAt: "t", elapsedMs: 5, growthBytes: -3, log: null };
const RECORD: ImageRecord = {
  ...{ instance: "app-tools-0", address: "image.tools", revision: "r", sealedAt: "2026-11-22T10:00:00Z" },
  ...{ startedAt: "t", from: "", builtBy: { who: "uma@host", limaform: "0.1.0", lima: "2.2.0" } },
  base: { location: "https://images.test/a", arch: "x86_64", digest: null },
  ...{ commit: null, inputs: { "vm.user": "d" }, resumed: [{ at: "t", step: "node" }], os: "Debian", kernel: "6.12" },
  steps: [{ ...STEP, version: "24.1.0", source: null, downloadedBytes: 0, cachedBytes: 7, indexBytes: 3 }],
  packages: [{ sort: "deb", name: "jq", version: "1.7", arch: "amd64" }],
  scan: { files: 5, elapsedMs: 1, passed: [{ kind: "k", why: "w", path: "/p" }], passedCount: 1, notLookedFor: ["A"] },
  usedBytes: 9,
};
const FILE = `images/${RECORD.instance}.json`;

async function stored(change: (value: { record: Record<string, unknown> } & Record<string, unknown>) => void) {
  const store = createMemoryStore();
  const records = createImageRecords(store);
  await records.write(RECORD);
  const value = JSON.parse(store.files.get(FILE) ?? "");
  change(value);
  store.files.set(FILE, JSON.stringify(value));
  return records;
}
const read = async (change: Parameters<typeof stored>[0]) =>
  (await stored(change)).read(RECORD.instance, RECORD.sealedAt);

describe("the record of an image", () => {
  it("comes back as it was written", async () => {
    expect(await read(() => {})).toEqual(RECORD);
  });

  it("of before indexes were counted by themselves has none of them", async () => {
    const [{ indexBytes: _indexBytes, ...step } = {}] = RECORD.steps;
    const old = await read(({ record }) => Object.assign(record, { steps: [step] }));
    expect(old?.steps).toEqual([{ ...step, indexBytes: 0 }]);
  });

  it("is none for another sealing, for another instance's file and in another format", async () => {
    expect(await (await stored(() => {})).read(RECORD.instance, "later")).toBeNull();
    expect(await read(({ record }) => Object.assign(record, { instance: "other" }))).toBeNull();
    expect(await read((value) => Object.assign(value, { format: "else" }))).toBeNull();
    expect(await createImageRecords(createMemoryStore()).read("none", "")).toBeNull();
  });

  it("of a newer limaform is refused by that name", async () => {
    await expect(read((value) => Object.assign(value, { version: 2, engine: "9.0.0" }))).rejects.toMatchObject({
      ...{ code: "STORE_NEWER_FORMAT", message: expect.stringContaining("limaform 9.0.0") },
    });
  });

  it.each(Object.keys(RECORD).filter((name) => !["instance", "sealedAt"].includes(name)))(
    "is damaged where %s is missing or of another type",
    async (name) => {
      const damaged = { code: "STORE_DAMAGED", details: { path: `/state/${FILE}`, operation: "read" } };
      await expect(read(({ record }) => delete record[name])).rejects.toMatchObject(damaged);
      await expect(read(({ record }) => Object.assign(record, { [name]: true }))).rejects.toMatchObject(damaged);
    },
  );

  it("says where it is damaged, deep inside too, and what to do", async () => {
    const half = ({ record }: { record: Record<string, unknown> }) =>
      Object.assign(record, { packages: [...RECORD.packages, { sort: "deb", name: "curl" }] });
    await expect(read(half)).rejects.toMatchObject({
      message: `/state/${FILE} is no record of an image: record.packages.1 must have required property 'version'`,
      hint: expect.stringMatching(/: rm \/state\/images\/app-tools-0\.json$/u),
    });
    await expect(read((value) => Object.assign(value, { record: null }))).rejects.toMatchObject({
      code: "STORE_DAMAGED",
    });
    const readJson = () => Promise.reject(new StoreError("STORE_DAMAGED", "no JSON"));
    const broken = createImageRecords({ ...createMemoryStore(), readJson });
    await expect(broken.read(RECORD.instance, RECORD.sealedAt)).rejects.toMatchObject({
      hint: expect.stringMatching(/: rm \/state\/images\/app-tools-0\.json$/u),
    });
  });
});
