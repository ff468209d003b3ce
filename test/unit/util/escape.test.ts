import { describe, expect, it } from "vitest";
import { escapeLine, escapeText } from "../../../src/util/escape.js";

describe("escapeText", () => {
  it("shows escape sequences instead of passing them on", () => {
    expect(escapeText("\x1b[31mred\x07")).toBe("\\x1b[31mred\\x07");
  });
  it("shows C1 controls and DEL, which some terminals obey too", () => {
    expect(escapeText("\u009b2J\u007f")).toBe("\\x9b2J\\x7f");
  });
  it("shows bidi overrides and isolates, invisible and tag characters", () => {
    expect(escapeText("a\u202eb\u2066c\u200bd\u{e0041}")).toBe("a\\u202eb\\u2066c\\u200bd\\u{e0041}");
  });
  it("shows lone surrogates and leaves pairs", () => {
    expect(escapeText("\ud800 \u{1f600}")).toBe("\\ud800 \u{1f600}");
  });
  it("leaves ordinary text, tabs, newlines and other scripts", () => {
    expect(escapeText("naïve\t日本語\nשלום")).toBe("naïve\t日本語\nשלום");
  });
  it("shows a carriage return that would overwrite the line, but not one of a line's end", () => {
    expect(escapeText("safe\rrm\r\n")).toBe("safe\\x0drm\n");
  });
});

describe("escapeLine", () => {
  it("keeps everything on one line", () => {
    expect(escapeLine("a\nb\u2028c")).toBe("a\\nb\\u2028c");
  });
});
