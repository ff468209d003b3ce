import { describe, expect, it } from "vitest";
import { DURATION_PATTERN, formatDuration, parseDuration, readDuration } from "../../../src/util/duration.js";

describe("durations", () => {
  it.each([
    ["30s", 30_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["1h30m", 5_400_000],
    ["90m", 5_400_000],
    ["1h1m1s", 3_661_000],
  ])("reads %s", (text, ms) => {
    expect(readDuration(text)).toBe(ms);
    expect(new RegExp(DURATION_PATTERN).test(text)).toBe(true);
  });

  it.each(["", "0s", "10", "m", "10 m", "-1s", "1.5h", "1s1m", "1d", "10ms", "1h1h"])("refuses %j", (text) => {
    expect(readDuration(text)).toBeNull();
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it("writes whole seconds without empty parts", () => {
    expect(formatDuration(5_400_000)).toBe("1h30m");
    expect(formatDuration(45_000)).toBe("45s");
    expect(formatDuration(3_600_000)).toBe("1h");
    expect(formatDuration(0)).toBe("0s");
  });
});
