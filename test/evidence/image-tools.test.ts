import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../src/app/app.js";
import type { BuildNote, DoneStep } from "../../src/world/build.js";
import { writeImageSpec } from "../e2e/chapters/image-sample.js";
import { imageTools } from "../e2e/chapters/image-tools.js";
import { FILES } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet } from "../support/e2e.js";

/* Every tool, rust too, and the whole of it twice: too long for every test run. */

describe("an image with every tool", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeImageSpec(fleet, { postProvision: "true", postSync: "true", workers: 1, disk: "8GiB" });
    await fleet.edit('apt = ["jq"]', 'rust = "stable"\napt = ["jq"]');
    await fleet.repository.commit("Ask for tools");
  });
  afterAll(() => fleet?.close());

  const noted = (prefix: string, not = ""): readonly DoneStep[] => {
    const image = fleet.list().find(({ name }) => name.startsWith(prefix) && name !== not);
    const text = readFileSync(join(image?.dir ?? "", "limaform-build.json"), "utf8");
    return (JSON.parse(text) as { note: BuildNote }).note.done;
  };
  const told = (steps: readonly DoneStep[]) =>
    steps.map(({ name, version, source, downloadedBytes, cachedBytes, elapsedMs }) =>
      [
        name,
        version,
        source,
        `${downloadedBytes} new`,
        `${cachedBytes} cached`,
        `${Math.round(elapsedMs / 1000)} s`,
      ].join("  "),
    );

  it("is built, and rust compiles and runs a program in a worker", async () => {
    expect((await fleet.json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
    process.stderr.write(`${told(noted("e2e-tools-")).join("\n")}\n`);
    const program = `echo 'fn main() { println!("made by rust") }' > /tmp/a.rs && rustc -o /tmp/a /tmp/a.rs && /tmp/a && cargo --version`;
    expect(await fleet.inside(1, "sh", "-c", program)).toMatch(/^made by rust\ncargo 1\./u);
  });

  imageTools(() => fleet);

  it("is built again from the host's cache: no file of a tool comes from outside", async () => {
    const [before] = fleet.list().filter(({ name }) => name.startsWith("e2e-tools-"));
    const first = noted("e2e-tools-");
    await fleet.json<ApplyDocument>(0, "update", "--yes");
    const second = noted("e2e-tools-", before?.name);
    process.stderr.write(`${told(second).join("\n")}\n`);
    for (const { name, version, cachedBytes, downloadedBytes } of second) {
      const earlier = first.find((step) => step.name === name);
      expect(version, name).toBe(earlier?.version);
      // An index is asked again after ten minutes; it is what is left.
      const files = (earlier?.cachedBytes ?? 0) + (earlier?.downloadedBytes ?? 0);
      if (cachedBytes > 0) expect(downloadedBytes, name).toBeLessThan(Math.max(files / 4, 5_000_000));
      expect(cachedBytes, name).toBeGreaterThanOrEqual(earlier?.cachedBytes ?? 0);
    }
  });
});
