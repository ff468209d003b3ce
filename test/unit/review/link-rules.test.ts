import { describe, expect, it } from "vitest";
import { brokenLinkRule } from "../../../src/review/link-rules.js";

describe("links from a worker", () => {
  it.each([
    ["a", "b"],
    ["a", "./b//c"],
    ["d/e/a", "../../b"],
    ["d/a", ".."],
    ["a", "..b"],
  ])("lets %s -> %s through", (path, target) => {
    expect(brokenLinkRule(path, target, new Set())).toBeNull();
  });

  it.each([
    ["a", "", "link_empty"],
    ["a", "/b", "link_absolute"],
    ["a", "z:b", "link_absolute"],
    ["a", "..", "link_escapes"],
    ["d/a", "../../b", "link_escapes"],
    ["d/a", "b/../../../c", "link_winds"],
    ["a", "x\\y", "link_unreadable"],
    ["a", "x\ny", "link_unreadable"],
    ["a", "x\ufffd", "link_unreadable"],
    ["a", "x".repeat(1025), "link_unreadable"],
    ["d/a", "../.GIT/config", "link_into_git"],
  ])("refuses %s -> %s: %s", (path, target, rule) => {
    expect(brokenLinkRule(path, target, new Set())).toBe(rule);
  });

  it("refuses a way through another link, and to one", () => {
    const links = new Set(["d/up"]);
    expect(brokenLinkRule("a", "d/up/x", links)).toBe("link_through_link");
    expect(brokenLinkRule("d/b", "up", links)).toBe("link_through_link");
    expect(brokenLinkRule("a", "d/upper", links)).toBeNull();
  });
});
