import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REDACT } from "../../src/adapters/runs/unit-scripts.js";
import { secretForms } from "../../src/util/secret-forms.js";

/** As long as the keys of models are: encoded it takes several lines. */
const KEY = `sk-ant-api03-${"Zq7xV2bN9mK4".repeat(8)}-Ab`;

describe("the filter of what a run prints", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lf-redact-"));
    await writeFile(join(folder, "redact.pl"), REDACT);
    const lines = secretForms(KEY).map((form) => `${Buffer.from(form).toString("hex")} KEY\n`);
    await writeFile(join(folder, "patterns"), lines.join(""));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** `piece`: that many bytes at a time. */
  async function through(text: string, piece: number): Promise<string> {
    const child = spawn("perl", [join(folder, "redact.pl"), join(folder, "patterns")]);
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      out += chunk;
    });
    for (let at = 0; at < text.length; at += piece) {
      child.stdin.write(text.slice(at, at + piece));
      await new Promise((resolve) => setTimeout(resolve, piece < text.length ? 1 : 0));
    }
    child.stdin.end();
    await new Promise((resolve) => child.once("close", resolve));
    return out;
  }

  const folded = (text: string, width: number, end = "\n") =>
    text.replaceAll(new RegExp(`.{${width}}`, "gu"), `$&${end}`);
  const base64 = Buffer.from(`before it ${KEY} after it`).toString("base64");
  const hex = Buffer.from(KEY).toString("hex");

  it.each([
    ["base64 of base64(1)", folded(base64, 76)],
    ["base64 of openssl, with CR", folded(base64, 64, "\r\n")],
    ["hex of xxd", folded(hex, 60)],
    ["base64 in JSON of an agent", JSON.stringify({ content: folded(base64, 76) })],
    ["the same, twice", JSON.stringify({ line: JSON.stringify({ content: folded(base64, 76, "\r\n") }) })],
  ])("finds a key in %s, broken into lines, in whatever pieces it comes", async (_, text) => {
    for (const piece of [text.length, 7]) {
      const out = await through(`one\n${text}\ntwo\n`, piece);
      expect(out).toMatch(/^one\n[\s\S]*\[secret KEY\][\s\S]*\ntwo\n$/u);
      // No piece of it that is long enough to say anything.
      const flat = out.replaceAll(/\\+r|\\+n|\r|\n/gu, "");
      for (const form of secretForms(KEY)) {
        for (let at = 0; at + 12 <= form.length; at += 6) expect(flat).not.toContain(form.slice(at, at + 12));
      }
    }
  });

  it("leaves long lines of digits as they are where nothing of a secret is in them", async () => {
    const text = `${folded(Buffer.from("no secret at all, ".repeat(20)).toString("base64"), 76)}\n${base64.slice(0, 40)}\n`;
    expect(await through(text, 7)).toBe(text);
    expect(await through(text, text.length)).toBe(text);
  });
});
