import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokenLinkRule } from "../../src/review/link-rules.js";
import { addName, collisionOf, createNameTable, removeName } from "../../src/review/name-collisions.js";
import { brokenNameRules, isGitDirectory } from "../../src/review/name-rules.js";
import { runsOf } from "../support/property-runs.js";

const harmless = fc.string({ unit: fc.constantFrom(..."abcxyz-_012 ü日"), minLength: 1, maxLength: 12 });
const path = fc.array(harmless, { minLength: 1, maxLength: 6 });
const invisible = fc.constantFrom("", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\ufe0f");
const letter = (small: string, ...others: string[]) => fc.constantFrom(small, small.toUpperCase(), ...others);

/** `.git` as case folding, compatibility forms, ignorable characters, trailing characters and streams disguise it. */
const disguise = fc
  .tuple(
    fc.array(fc.tuple(invisible), { minLength: 4, maxLength: 4 }),
    fc.tuple(
      fc.constantFrom(".", "．", "﹒"),
      letter("g", "ｇ", "Ｇ", "𝐠"),
      letter("i", "ｉ", "ⅰ"),
      letter("t", "ｔ", "𝓉"),
    ),
    fc.constantFrom("", ".", " ", ". .", ":x", "::$DATA", " . :a"),
  )
  .map(([gaps, letters, tail]) => letters.map((each, at) => each + (gaps[at]?.[0] ?? "")).join("") + tail);

describe.each(runsOf())("names from a worker ($title)", (run) => {
  it("passes harmless paths, whatever they are made of", () => {
    fc.assert(
      fc.property(path, (parts) => {
        expect(brokenNameRules(parts.join("/"), false)).toEqual([]);
      }),
      run,
    );
  });

  it("knows .git behind any combination of disguises, anywhere in a path", () => {
    fc.assert(
      fc.property(disguise, path, path, (name, before, after) => {
        expect(isGitDirectory(name)).toBe(true);
        expect(brokenNameRules([...before, name, ...after].join("/"), false)).toContain("git_directory");
      }),
      run,
    );
  });

  it("refuses a path as soon as one bad piece is anywhere in it", () => {
    const bad = fc.constantFrom(
      "",
      ".",
      "..",
      "a\\b",
      "x\u0000",
      "\u001b[2J",
      "\u0085",
      "\ufffd",
      "x".repeat(256),
      "\u202ex",
    );
    fc.assert(
      fc.property(path, bad, path, (before, piece, after) => {
        expect(brokenNameRules([...before, piece, ...after].join("/"), false)).not.toEqual([]);
      }),
      run,
    );
  });
});

describe.each(runsOf())("links from a worker ($title)", (run) => {
  const step = fc.constantFrom("a", "b", "..", ".", "", "c");

  it("that pass stay inside the tree, walked the way a file system walks them", () => {
    fc.assert(
      fc.property(
        fc.array(harmless, { maxLength: 4 }),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        (folders, steps) => {
          const target = steps.join("/");
          if (brokenLinkRule([...folders, "link"].join("/"), target, new Set()) !== null) return;
          expect(target.startsWith("/")).toBe(false);
          let depth = folders.length;
          for (const each of steps) {
            if (each === "..") depth -= 1;
            else if (each !== "." && each !== "") depth += 1;
            expect(depth).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      run,
    );
  });

  it("that climb out are refused from any depth", () => {
    fc.assert(
      fc.property(fc.array(harmless, { maxLength: 5 }), path, (folders, rest) => {
        const target = ["..", ...folders.map(() => ".."), ...rest].join("/");
        expect(brokenLinkRule([...folders, "link"].join("/"), target, new Set())).toBe("link_escapes");
      }),
      run,
    );
  });

  it("never pass through another link, however it is reached", () => {
    fc.assert(
      fc.property(path, path, (link, rest) => {
        expect(brokenLinkRule("from", [...link, ...rest].join("/"), new Set([link.join("/")]))).toBe(
          "link_through_link",
        );
      }),
      run,
    );
  });
});

describe.each(runsOf())("the table of names ($title)", (run) => {
  const name = fc
    .string({ unit: fc.constantFrom("a", "A", "b", "é", "e\u0301", "/x"), minLength: 1, maxLength: 4 })
    .filter((text) => !text.startsWith("/"));

  it("finds exactly the collisions that comparing all pairs finds, also after removals", () => {
    const fold = (text: string) => text.normalize("NFC").toLowerCase();
    const prefixes = (text: string) => text.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/"));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), fc.nat({ max: 7 }), (names, drop) => {
        const table = createNameTable();
        for (const each of names) addName(table, each);
        const kept = names.filter((_, at) => at !== drop);
        const dropped = names[drop];
        if (dropped !== undefined) removeName(table, dropped);
        const all = kept.flatMap(prefixes);
        for (const each of kept) {
          const expected = prefixes(each).some((ours) =>
            all.some((other) => other !== ours && fold(other) === fold(ours)),
          );
          expect(collisionOf(table, each) !== null).toBe(expected);
        }
      }),
      run,
    );
  });
});
