import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTemplate } from "../../src/adapters/host/prompt-templates.js";

describe("templates in a repository", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "limaform-prompts-"));
    mkdirSync(join(root, ".limaform", "prompts", "folder.md"), { recursive: true });
    writeFileSync(join(root, ".limaform", "prompts", "fix.md"), "Fix {{what}}.\n");
    writeFileSync(join(root, ".limaform", "secret.md"), "secret");
    writeFileSync(join(root, ".limaform", "prompts", "notes.txt"), "no");
    symlinkSync("/etc/passwd", join(root, ".limaform", "prompts", "link.md"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("are the files of one folder", async () => {
    expect(await findTemplate(root, "fix")).toMatchObject({ text: "Fix {{what}}.\n", names: ["fix"] });
    expect(await findTemplate(join(root, "nowhere"), "fix")).toMatchObject({ text: null, names: [] });
  });

  it("are names, never paths or links", async () => {
    for (const name of ["../secret", "link", "folder", "", ".", "..", "fix.md", "/etc/passwd", "fix\0", "notes.txt"]) {
      expect((await findTemplate(root, name)).text, name).toBe(null);
    }
    // Nobody is told to write a file that could never be found.
    expect((await findTemplate(root, "../secret")).file).toBe(null);
    expect((await findTemplate(root, "new")).file).toBe(join(root, ".limaform", "prompts", "new.md"));
  });

  it("do not lie behind a link of the folder itself", async () => {
    const other = mkdtempSync(join(tmpdir(), "limaform-prompts-"));
    symlinkSync(join(root, ".limaform"), join(other, ".limaform"));
    expect((await findTemplate(other, "fix")).text).toBe(null);
    rmSync(other, { recursive: true, force: true });
  });
});
