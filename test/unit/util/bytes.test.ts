import { describe, expect, it } from "vitest";
import { formatSize, parseSize, readSize, SIZE_PATTERN, showSize } from "../../../src/util/bytes.js";

describe("sizes", () => {
  it.each([
    ["0B", 0],
    ["512MiB", 536_870_912],
    ["8GiB", 8_589_934_592],
    ["2TiB", 2_199_023_255_552],
    ["1KiB", 1024],
  ])("reads %s", (text, bytes) => {
    expect(readSize(text)).toBe(bytes);
    expect(new RegExp(SIZE_PATTERN).test(text)).toBe(true);
  });

  it.each(["", "8", "8GB", "8 GiB", "8gib", "1.5GiB", "-1GiB", "08GiB", "GiB", "9999999999999TiB", "8GiB\n"])(
    "refuses %j",
    (text) => {
      expect(readSize(text)).toBeNull();
      expect(() => parseSize(text)).toThrow(RangeError);
    },
  );

  it("writes the largest unit that needs no fraction", () => {
    expect(formatSize(parseSize("8GiB"))).toBe("8GiB");
    expect(formatSize(1536 * 1024 * 1024)).toBe("1536MiB");
    expect(formatSize(0)).toBe("0B");
    expect(formatSize(1025)).toBe("1025B");
  });

  it("shows people at most one decimal", () => {
    expect(showSize(12 * 1024)).toBe("12 KiB");
    expect(showSize(1536 * 1024 * 1024)).toBe("1.5 GiB");
    expect(showSize(4 * 1024 ** 3 + 1)).toBe("4 GiB");
    expect(showSize(0)).toBe("0 B");
  });
});
