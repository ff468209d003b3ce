import { describe, expect, it } from "vitest";
import { decodeJournal, encodeLine, type JournalLine, openLines } from "../../../src/record/journal.js";
import { sha256Hex } from "../../../src/util/digest.js";
import { journalLine } from "../../support/journal-lines.js";

const textOf = (...lines: JournalLine[]) => lines.map((line) => `${encodeLine(line)}\n`).join("");
const BEGIN = journalLine("w1", "begin");
const DONE = journalLine("w1", "done");
const OTHER = journalLine("w2", "begin");

describe("journal lines", () => {
  it("reads back what it wrote", () => {
    expect(decodeJournal(textOf(BEGIN, DONE, OTHER))).toEqual({ lines: [BEGIN, DONE, OTHER], notices: [] });
  });

  it("has no lines where there is no file", () => {
    expect(decodeJournal(null)).toEqual({ lines: [], notices: [] });
    expect(decodeJournal("")).toEqual({ lines: [], notices: [] });
  });

  it("leaves a torn tail out with a notice", () => {
    const { lines, notices } = decodeJournal(textOf(BEGIN) + encodeLine(DONE).slice(0, -3));
    expect(lines).toEqual([BEGIN]);
    expect(notices).toEqual(["the last line of journal.ndjson was cut off and is left out"]);
  });

  it("counts a last line that lost only its newline", () => {
    expect(decodeJournal(textOf(BEGIN, DONE).trimEnd())).toEqual({ lines: [BEGIN, DONE], notices: [] });
  });

  it("recovers the lines around damage in the middle and says which line is lost", () => {
    const damaged = `${encodeLine(DONE).replace("done", "d0ne")}\n`;
    const { lines, notices } = decodeJournal(textOf(BEGIN) + damaged + textOf(OTHER));
    expect(lines).toEqual([BEGIN, OTHER]);
    expect(notices).toEqual(["line 2 of journal.ndjson is damaged and is left out"]);
    expect(decodeJournal("x\ny\nz\nwhole").notices).toEqual([
      "3 lines of journal.ndjson, the first of them line 1, are damaged and are left out",
      "the last line of journal.ndjson was cut off and is left out",
    ]);
  });

  it("leaves out a line whose checksum is right but whose content is not a journal line", () => {
    const json = JSON.stringify({ ...BEGIN, status: "perhaps" });
    const forged = `${json}\t${sha256Hex(json).slice(0, 16)}\n`;
    expect(decodeJournal(forged)).toEqual({ lines: [], notices: [expect.stringContaining("line 1")] });
  });

  it("refuses a newer format and names the engine that wrote it", () => {
    const newer = textOf({ ...BEGIN, v: 2 as 1, engine: "9.1.0" });
    expect(() => decodeJournal(newer)).toThrow(
      expect.objectContaining({ code: "STORE_NEWER_FORMAT", message: expect.stringContaining("limaform 9.1.0") }),
    );
  });
});

describe("openLines", () => {
  it("lists instances whose step began and never ended", () => {
    expect(openLines([OTHER, BEGIN])).toEqual([BEGIN, OTHER]);
  });

  it("closes an instance with a done, also of another step", () => {
    expect(openLines([BEGIN, journalLine("w1", "begin", { verb: "delete" }), DONE])).toEqual([]);
  });

  it.each(["failed", "interrupted"] as const)("keeps a %s step open: what it left is ours too", (status) => {
    expect(openLines([BEGIN, journalLine("w1", status)])).toEqual([BEGIN]);
  });

  it("keeps the line that made an object when its removal fails or is cut off too", () => {
    const remove = journalLine("w1", "begin", { verb: "delete" });
    expect(openLines([BEGIN, remove])).toEqual([BEGIN]);
    expect(openLines([BEGIN, remove, journalLine("w1", "failed", { verb: "delete" }), remove])).toEqual([BEGIN]);
  });

  it("opens an instance again when a later step begins", () => {
    const start = journalLine("w1", "begin", { verb: "start" });
    expect(openLines([BEGIN, DONE, start])).toEqual([start]);
  });
});
