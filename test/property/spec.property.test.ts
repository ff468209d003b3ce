import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SpecError } from "../../src/errors/errors.js";
import { editWorkers } from "../../src/spec/index.js";
import { formatSize, parseSize } from "../../src/util/bytes.js";
import { formatDuration, parseDuration } from "../../src/util/duration.js";
import { runsOf } from "../support/property-runs.js";
import { diagnosticsOf, resolveText } from "../support/resolve-text.js";

/** Valid settings, each a table, a name, and a value as TOML writes it. */
const SETTINGS = [
  ["", "workers", ["3", "0x3", "1_0", "+4"]],
  ["vm", "cpus", ["1", "2", "256"]],
  ["vm", "memory", ['"8GiB"', "'512MiB'"]],
  ["vm", "user", ['"dev"', "'agent'"]],
  ["vm", "image", ['"debian-12"', '{ location = "./a.img", arch = "x86_64" }', '[{ location = "./a" }]']],
  ["image", "keep", ["0", "10"]],
  ["image", "inputs", ["[]", '["*.lock", "a/b"]', '[\n  "x", # why\n]']],
  ["repo", "path", ['"/srv/x"', '"~/x"']],
  ["repo", "uncommitted", ["true", "false"]],
  ["hooks", "post_sync", ['"make"', "'''\nset -e\nmake\n'''"]],
  ["rollout", "surge", ["1"]],
  ["env", "A_B", ['"x"', '"\\u00e9\\n"']],
  ["run", "timeout", ['"1h30m"', '"45s"']],
] as const;

type Chosen = readonly [table: string, name: string, value: string];

const settings: fc.Arbitrary<readonly Chosen[]> = fc
  .subarray([...SETTINGS])
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map(([table, name, values]) => fc.constantFrom(...values).map((value): Chosen => [table, name, value])),
    ),
  );

const project: Chosen = ["", "project", '"app"'];

/** One spelling of the settings: their order, dotted keys or tables, blank lines, comments, line ends. */
interface Spelling {
  readonly order: readonly number[];
  readonly isDotted: boolean;
  readonly filler: readonly string[];
  readonly end: string;
}

const spellings: fc.Arbitrary<Spelling> = fc.record({
  order: fc.array(fc.nat({ max: 1000 }), { minLength: 14, maxLength: 14 }),
  isDotted: fc.boolean(),
  filler: fc.array(fc.constantFrom("", "# note", "   ", "\t# [vm]"), { minLength: 1, maxLength: 3 }),
  end: fc.constantFrom("\n", "\r\n"),
});

function spell(chosen: readonly Chosen[], { order, isDotted, filler, end }: Spelling): string {
  const sorted = chosen
    .map((entry, at) => ({ entry, rank: order[at] ?? 0 }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ entry }) => entry);
  const lines: string[] = [];
  const add = (line: string) => lines.push(line, filler[lines.length % filler.length] ?? "");
  for (const [table, name, value] of sorted) {
    if (table === "") add(`${name}  =\t${value}`);
    else if (isDotted) add(`${table} . ${name} = ${value}`);
  }
  const tables = isDotted ? [] : [...new Set(sorted.map(([table]) => table))].filter((table) => table !== "");
  for (const table of tables) {
    add(`[ ${table} ]`);
    for (const [owner, name, value] of sorted) if (owner === table) add(`  ${name} = ${value}`);
  }
  return lines.join("\n").replaceAll("\n", end) + end;
}

/** Faults that stand alone in a line of the root table; each is one problem. */
const FAULTS = [
  "wrkers = 1",
  "bananas = { a = 1, b = 2 }",
  'vm.cpus = "x"',
  "vm.memory = 3.5",
  'vm.disk = "8GB"',
  "hooks.post_provision = 2020-01-01",
  'tools.node = "v24"',
  "snapshot = {}",
  'run.timeout = "0s"',
  "image.keep = 11",
  'repo.path = "../x"',
] as const;

/** Pieces of TOML and of our keys, glued at random: mostly broken, sometimes not. */
const fragments = fc.constantFrom(
  ...[
    "project",
    "workers",
    "vm",
    "cpus",
    "env",
    "image",
    "=",
    "=",
    ".",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    "\n",
    "\n",
  ],
  ...[
    '"',
    "'",
    '"""',
    "#",
    " ",
    "\t",
    "\r\n",
    "1",
    "3.0",
    "nan",
    "true",
    '"app"',
    '"\\u0000"',
    "1979-05-27",
    "0x",
    "-",
    "\ufeff",
  ],
  ...["__proto__", "constructor", "\u0000", "\ud800", "é"],
);

describe.each(runsOf())("spec ($title)", (parameters) => {
  it("never answers any text with an untyped error", () => {
    const seen = { resolved: 0, syntax: 0, other: 0 };
    const texts = fc.oneof(
      fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join("")),
      fc
        .tuple(settings, spellings, fc.array(fragments, { maxLength: 4 }), fc.nat())
        .map(([chosen, spelling, noise, at]) => {
          const text = spell([project, ...chosen], spelling);
          const place = at % (text.length + 1);
          return text.slice(0, place) + noise.join("") + text.slice(place);
        }),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          resolveText(text);
          seen.resolved += 1;
        } catch (error) {
          if (!(error instanceof SpecError)) throw error;
          const { diagnostics } = error.details as unknown as { diagnostics: { code: string; line: number }[] };
          expect(diagnostics.length).toBeGreaterThan(0);
          for (const { line } of diagnostics) expect(line).toBeGreaterThan(0);
          seen[diagnostics[0]?.code === "SPEC_SYNTAX" ? "syntax" : "other"] += 1;
        }
      }),
      { ...parameters, numRuns: parameters.numRuns * 3 },
    );
    expect(Math.min(seen.resolved, seen.syntax, seen.other)).toBeGreaterThan(5);
  });

  it("gives equal values whatever the order, tables, comments and line ends", () => {
    fc.assert(
      fc.property(settings, spellings, spellings, (chosen, first, second) => {
        const [one, other] = [first, second].map((spelling) => resolveText(spell([project, ...chosen], spelling)).spec);
        // Line ends inside a script are the script's own.
        const values = (spec: typeof one) => JSON.stringify(spec?.values).replaceAll("\\r\\n", "\\n");
        expect(values(other)).toBe(values(one));
        const set = Object.entries(one?.origins ?? {}).filter(([, origin]) => origin.layer === "spec");
        expect(set).toHaveLength(chosen.length + 1);
      }),
      parameters,
    );
  });

  it("finds two planted faults as two problems in their lines", () => {
    const two = fc.subarray([...FAULTS], { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(settings, spellings, two, (chosen, spelling, faults) => {
        const apart = chosen.filter(([table]) => faults.every((fault) => !fault.startsWith(table)) || table === "");
        const problems = diagnosticsOf(
          `${faults.join("\n")}\n${spell([project, ...apart], { ...spelling, isDotted: true })}`,
        );
        expect(problems.map(({ line }) => line)).toEqual([1, 2]);
      }),
      parameters,
    );
  });

  it("edits the number of workers and not one other value, and the edit can be repeated", () => {
    fc.assert(
      fc.property(settings, spellings, fc.nat({ max: 500 }), (chosen, spelling, count) => {
        const before = spell([project, ...chosen.filter(([, name]) => name !== "surge")], spelling);
        const after = editWorkers(before, count);
        const values = { ...resolveText(before).spec.values, workers: count };
        expect(resolveText(after).spec.values).toEqual(values);
        expect(editWorkers(after, count)).toBe(after);
        const kept = before.split("\n").filter((line) => !/^workers/.test(line));
        expect(after.split("\n").filter((line) => !/^workers/.test(line))).toEqual(kept);
      }),
      parameters,
    );
  });

  it("round-trips sizes and durations", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 10_000_000 }), (bytes, seconds) => {
        expect(parseSize(formatSize(bytes * 4096))).toBe(bytes * 4096);
        expect(parseSize(formatSize(bytes))).toBe(bytes);
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
      parameters,
    );
  });
});
