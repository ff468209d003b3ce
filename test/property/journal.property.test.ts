import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeJournal, encodeLine, type JournalLine, openLines } from "../../src/record/journal.js";
import { decodeRecord, encodeRecord, RECORD_FORMAT } from "../../src/record/record.js";
import { journalLine } from "../support/journal-lines.js";
import { runsOf } from "../support/property-runs.js";

const lines: fc.Arbitrary<JournalLine> = fc
  .record({
    instance: fc.constantFrom("w1", "w2", "ü–3"),
    status: fc.constantFrom("begin", "done", "failed", "interrupted"),
    verb: fc.constantFrom("create", "start", "delete"),
    step: fc.string({ unit: "grapheme" }),
  })
  .map(({ instance, status, verb, step }) => journalLine(instance, status, { verb, step }));

const bytesOf = (all: readonly JournalLine[]) => Buffer.from(all.map((line) => `${encodeLine(line)}\n`).join(""));

describe.each(runsOf(50))("journal ($title)", (parameters) => {
  it("cut at every byte keeps exactly the lines that are whole, with a notice for the torn one", () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 4 }), (all) => {
        const bytes = bytesOf(all);
        const ends = all.map((_, count) => bytesOf(all.slice(0, count + 1)).length - 1);
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const whole = ends.filter((end) => end <= cut).length;
          const { lines: read, notices } = decodeJournal(bytes.subarray(0, cut).toString("utf8"));
          expect(read).toEqual(all.slice(0, whole));
          const isAtLineEnd = cut === 0 || ends.includes(cut) || ends.includes(cut - 1);
          expect(notices).toHaveLength(isAtLineEnd ? 0 : 1);
        }
      }),
      parameters,
    );
  });

  it("with one byte changed loses at most the lines it touched, and invents none", () => {
    fc.assert(
      fc.property(
        fc.array(lines, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (all, at, by) => {
          const bytes = bytesOf(all);
          const place = at % bytes.length;
          bytes[place] = ((bytes[place] ?? 0) + by) % 256;
          const { lines: read, notices } = decodeJournal(bytes.toString("utf8"));
          const known = all.map((line) => JSON.stringify(line));
          for (const line of read) expect(known).toContain(JSON.stringify(line));
          expect(read.length).toBeGreaterThanOrEqual(all.length - 2);
          if (read.length < all.length) expect(notices.length).toBeGreaterThan(0);
        },
      ),
      parameters,
    );
  });

  it("never calls an instance closed whose last whole line is not a done", () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 12 }), (all) => {
        const open = new Set(openLines(all).map(({ instance }) => instance));
        for (const instance of new Set(all.map((line) => line.instance))) {
          const own = all.filter((line) => line.instance === instance);
          const begun = own.findLastIndex(({ status }) => status === "begin");
          const isOpen = begun >= 0 && !own.slice(begun).some(({ status }) => status === "done");
          expect(open.has(instance)).toBe(isOpen);
        }
      }),
      parameters,
    );
  });
});

describe("record", () => {
  it("cut at every byte is whole or counts as lost with a notice", () => {
    const record = {
      format: RECORD_FORMAT,
      version: 1,
      engine: "0.1.0",
      project: "p",
      owner: "0123456789ab",
      ownerPath: "/ü",
      specDigest: "d",
      workers: null,
      addresses: { "image.golden": { instance: "p-golden-1", revision: "ab" } },
      lastDurations: { "create:image": 4 },
      appliedPlans: [],
      at: "2026-11-01T00:00:00.000Z",
    } as const;
    const bytes = Buffer.from(encodeRecord(record));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { record: read, notices } = decodeRecord(bytes.subarray(0, cut).toString("utf8"));
      // Only the newline at the end may be missing.
      expect(read).toEqual(cut >= bytes.length - 1 ? record : null);
      expect(notices).toHaveLength(read === null ? 1 : 0);
    }
  });
});
