import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Fields, isFields } from "../../../../src/adapters/lima/fields.js";
import { takeMarks, withMarks } from "../../../../src/adapters/lima/own-marks.js";

const MARKS = [
  'limaform_format: "1"',
  "limaform_owner: 16d410ff627a",
  "limaform_address: worker.default[1]",
  'limaform_sealed: "-"',
  "limaform_hold: 2026-11-01T00:00:00.000Z",
  "limaform_applied: 1/536870912/16777216",
];
const textOf = (marks: readonly string[], before = "vmType: qemu\n", after = "dns:\n  - 192.168.5.3\n") =>
  `${before}param:\n${marks.map((mark) => `  ${mark}\n`).join("")}${after}`;

/** As the reader does it: null = it must parse the text as a whole. */
function quickly(text: string): Fields | null {
  const marked = takeMarks(text);
  if (marked === null) return null;
  const rest: unknown = parse(marked.rest, { logLevel: "silent" });
  return isFields(rest) ? withMarks(rest, marked.marks) : null;
}

describe("marks taken out of a lima.yaml", () => {
  it("give with the parsed rest what the whole text gives", () => {
    const text = textOf(MARKS);
    expect(quickly(text)).toEqual(parse(text));
    expect(Object.keys(quickly(text) ?? {})).toEqual(Object.keys(parse(text)));
  });

  it.each(["37396596e474", "12e45", "12", "0o17", "True", "null", "1_000", "12:30:45", "2026-11-01", "a:b[1]", "4"])(
    "are text, as the parser of whole files gives it, also where a word alone is none: %s",
    (word) => {
      const text = textOf([`limaform_owner: ${word}`, "limaform_role: worker"]);
      const param = { limaform_owner: word, limaform_role: "worker" };
      expect(quickly(text)?.param).toEqual(param);
      expect(parse(text, { schema: "failsafe" })).toMatchObject({ param });
    },
  );

  it("leave the same rest for every clone", () => {
    const other = MARKS.map((mark) => mark.replace("worker.default[1]", "worker.default[2]"));
    expect(takeMarks(textOf(other))?.rest).toBe(takeMarks(textOf(MARKS))?.rest);
  });

  it.each([
    ["a mapping in a value", ["limaform_role: worker:"]],
    ["a mapping of one letter", ["limaform_role: w:"]],
    ["a comment behind a value", ["limaform_role: worker # one"]],
    ["an escape", ['limaform_role: "a\\u0062"']],
    ["a key twice", ["limaform_role: image", "limaform_role: worker"]],
    ["an anchor", ["limaform_role: &a worker"]],
    ["the name of the stand-in", ["limaform_here: worker"]],
  ])("are not taken out where there is %s", (_, marks) => {
    expect(takeMarks(textOf([...MARKS.slice(0, 1), ...marks]))).toBeNull();
  });

  it.each([
    ["another entry follows", textOf(MARKS, "", "  other: 1\n")],
    ["the last value goes on in the next line", textOf(["limaform_role: worker"], "", "    and more\n")],
    ["they stand in a quoted text", textOf(["limaform_role: worker"], 'message: "\n', '  "\n')],
  ])("are not believed where the rest does not prove them: %s", (_, text) => {
    expect(takeMarks(text)).not.toBeNull();
    expect(quickly(text)).toBeNull();
  });

  it("are what the whole text says also where the parser makes the best of a flow that does not end", () => {
    const text = textOf(["limaform_role: worker"], "all: {\n", "}\n");
    expect(quickly(text)).toEqual(parse(text, { logLevel: "silent" }));
  });
});
