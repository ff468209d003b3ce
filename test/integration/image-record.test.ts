import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageDiffDocument, ImageDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { HOOK_LIMIT_MS, makeBuiltWorld, PROJECT, type ProgramWorld } from "../support/program.js";

/* What stops an image at its seal, and what is known of it afterwards; by the built program on the fake limactl. */

let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
  world.write("limaform.toml", `${world.spec()}\n[hooks]\npost_sync = "true"\n`);
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

const answer = (name: string, lines: readonly (readonly string[])[]) =>
  writeFileSync(join(world.home, "_fake", name), lines.map((line) => `${line.join("\t")}\n`).join(""));

describe("the seal of an image", () => {
  it("is refused for a secret, with path and kind; the build then goes on there, and is recorded", async () => {
    answer("scan-report", [
      ["found", "github_token", "", "/home/agent/out.log"],
      ["found", "npm_token", "", "/etc/environment"],
      ["scanned", "5"],
    ]);
    const failed = await world.json<ApplyDocument>(1, "build", "--yes");
    const error = failed.steps.find(({ status }) => status === "failed")?.error;
    expect(error?.code).toBe("IMAGE_SECRET_FOUND");
    expect(error?.message).toContain("/home/agent/out.log: GitHub token");
    expect(error?.details).toMatchObject({ found: [{ kind: "github_token" }, { path: "/etc/environment" }] });

    await rm(join(world.home, "_fake", "scan-report"));
    answer("inventory", [
      ["deb", "jq", "1.7", "amd64"],
      ["npm", "left-pad", "1.3.0", ""],
      ["end", "", "", ""],
    ]);
    const plan = await world.json<Plan>(0, "plan", "--target", "image.golden");
    expect(plan.changes.flatMap(({ reasons }) => reasons.map(({ text }) => text)).join()).toContain(
      "resume at its seal",
    );
    await world.json<ApplyDocument>(0, "build", "--yes");

    const { image, record } = await world.json<ImageDocument>(0, "image", "show");
    expect(image.address).toBe("image.golden");
    expect(record?.packages.map(({ name }) => name)).toEqual(["jq", "left-pad"]);
    expect(record?.resumed.map(({ step }) => step)).toEqual(["seal"]);
    expect(Object.keys(record?.inputs ?? {})).toContain("hooks.post_sync");
    expect(record?.steps.map(({ name }) => name)).toContain("post_sync");
    expect(record?.builtBy.who).toContain("@");

    const diff = await world.json<ImageDiffDocument>(0, "image", "diff", "image.tools", "image.golden");
    expect(diff.changes).toContainEqual(
      expect.objectContaining({ part: "package", name: "deb jq:amd64", change: "added", after: "1.7" }),
    );
    expect((await world.run(["image", "diff", "golden", "golden"])).stdout).toContain("Nothing in the images differs.");
    expect((await world.run(["image", "show", "nonsense"])).stderr).toContain("IMAGE_UNKNOWN");
  });

  it("is read where it was recorded before indexes were counted by themselves", async () => {
    const { image, record } = await world.json<ImageDocument>(0, "image", "show");
    const file = join(world.home, "_limaform", PROJECT, "images", `${image.instance}.json`);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll(/\s*"indexBytes": ?\d+,/gu, ""));
    expect(readFileSync(file, "utf8")).not.toContain("indexBytes");
    expect((await world.json<ImageDocument>(0, "image", "show")).record).toEqual(record);
    writeFileSync(file, text);
  });

  it("of a second build of one spec differs in when and how it was built, and in nothing else", async () => {
    const { image: first } = await world.json<ImageDocument>(0, "image", "show", "image.golden");
    await world.json<ApplyDocument>(0, "build", "--no-cache", "--yes");
    const { image: second } = await world.json<ImageDocument>(0, "image", "show", "image.golden");
    expect(second.instance).not.toBe(first.instance);
    const diff = await world.json<ImageDiffDocument>(0, "image", "diff", first.instance, second.instance);
    // The first one was stopped by the scan.
    expect(diff.changes.map(({ part, name }) => `${part} ${name}`)).toEqual(["build sealed at", "build times resumed"]);
    expect(diff.equal).toBe(true);
    const text = await world.expect(0, "image", "diff", first.instance, second.instance);
    expect(text).toContain("Nothing in the images differs.");
  });

  it("leaves no record of an image that is gone", async () => {
    const folder = join(world.home, "_limaform", PROJECT, "images");
    const { image } = await world.json<ImageDocument>(0, "image", "show");
    expect(existsSync(join(folder, `${image.instance}.json`))).toBe(true);
    await world.json<ApplyDocument>(0, "destroy", "--yes");
    expect(existsSync(join(folder, `${image.instance}.json`))).toBe(false);
  });
});
