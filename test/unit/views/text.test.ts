import { describe, expect, it } from "vitest";
import { diagnosticsIn, renderDiagnostics } from "../../../src/views/human/diagnostics.js";
import { wrap } from "../../../src/views/human/help.js";
import { renderError } from "../../../src/views/human/problem.js";
import { renderTable } from "../../../src/views/human/table.js";
import { formatAge, formatElapsed, formatSlots } from "../../../src/views/human/units.js";
import { cutTo, padTo, widthOf } from "../../../src/views/human/width.js";
import { renderEventLine } from "../../../src/views/ndjson.js";
import { paintFor } from "../../../src/views/paint.js";
import { recorded } from "./recorded.js";

const plain = paintFor({ hasColour: false });

describe("formatAge", () => {
  it.each([
    [0, "under a minute"],
    [60_000, "1 minute"],
    [3_599_999, "59 minutes"],
    [86_399_999, "23 hours"],
    [3.9 * 86_400_000, "3 days"],
  ])("says %i ms in whole units", (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});

describe("formatElapsed", () => {
  it.each([
    [0, "0.0s"],
    [940, "0.9s"],
    [12_300, "12s"],
    [59_700, "1m 0s"],
    [192_000, "3m 12s"],
    [7_500_000, "2h 5m"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatElapsed(ms)).toBe(text);
  });
});

describe("formatSlots", () => {
  it.each([
    [[1], "1"],
    [[1, 2, 3], "1-3"],
    [[1, 2, 5, 7, 8], "1-2,5,7-8"],
    [[], ""],
  ])("%j is %s", (slots, text) => {
    expect(formatSlots(slots)).toBe(text);
  });
});

describe("width", () => {
  it("counts columns, not characters", () => {
    expect(widthOf("a→漢é")).toBe(5);
    expect(widthOf("e\u0301")).toBe(1);
  });

  it("cuts and pads to columns", () => {
    expect(cutTo("漢漢漢", 4)).toBe("漢…");
    expect(cutTo("abc", 3)).toBe("abc");
    expect(padTo("漢", 4)).toBe("漢  ");
  });
});

describe("renderTable", () => {
  it("aligns columns without trailing spaces", () => {
    expect(
      renderTable(
        ["A", "LONG"],
        [
          ["xyz", ""],
          ["漢", "b"],
        ],
        plain,
      ),
    ).toBe("A    LONG\nxyz\n漢   b\n");
  });
});

describe("wrap", () => {
  it("breaks at spaces only and keeps line ends", () => {
    expect(wrap("aa bb cc\ndddddd", 5)).toEqual(["aa bb", "cc", "dddddd"]);
  });
});

describe("renderError", () => {
  it("says what failed, why, and what to do next", () => {
    const because = ["spawn limactl ENOENT", "failed"];
    expect(
      renderError({ code: "LIMA_NOT_FOUND", message: "limactl failed", hint: "install Lima", because }, plain),
    ).toBe("Error: limactl failed [LIMA_NOT_FOUND]\n  because: spawn limactl ENOENT\n  → install Lima\n");
  });

  it("escapes text of a worker and keeps its lines", () => {
    const text = renderError({ code: "X", message: "a\n\u001b[2Jb", hint: "" }, plain);
    expect(text).toBe("Error: a [X]\n  \\x1b[2Jb\n");
  });
});

describe("renderDiagnostics", () => {
  const details = {
    diagnostics: [
      { code: "SPEC_UNKNOWN_KEY", file: "/x/limaform.toml", line: 2, column: 3, message: "unknown key", hint: "cpus" },
      {
        code: "SPEC_INVALID_VALUE",
        file: "environment variable LIMAFORM_WORKERS",
        line: 0,
        column: 0,
        message: "no",
        hint: "",
      },
    ],
  };

  it("shows place, source line with a caret, and hint of every problem", () => {
    const options = { source: () => 'project = "a"\n\tcpu = 4\n', label: () => "limaform.toml" };
    expect(renderDiagnostics(diagnosticsIn(details), options, plain)).toBe(
      [
        "limaform.toml:2:3: unknown key [SPEC_UNKNOWN_KEY]",
        "    2 |  cpu = 4",
        "      |   ^",
        "    → cpus",
        "",
        "environment variable LIMAFORM_WORKERS: no [SPEC_INVALID_VALUE]",
        "",
        "2 problems. Correct this, then: limaform validate",
        "",
      ].join("\n"),
    );
  });

  it("does without the source where it cannot be read", () => {
    const text = renderDiagnostics(diagnosticsIn(details), { source: () => null, label: (file) => file }, plain);
    expect(text).not.toContain("^");
  });

  it("finds none in other details", () => {
    expect(diagnosticsIn(null)).toEqual([]);
    expect(diagnosticsIn({ diagnostics: ["x"] })).toEqual([]);
  });
});

describe("renderEventLine", () => {
  it("gives back the recorded stream line by line", () => {
    for (const event of recorded("apply-one-fails")) expect(JSON.parse(renderEventLine(event))).toEqual(event);
  });
});
