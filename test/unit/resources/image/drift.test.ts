import { describe, expect, it } from "vitest";
import { imageDrift } from "../../../../src/resources/image/drift.js";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import { GOLDEN, imageOf, TOOLS } from "../../../support/builders.js";

const kindsOf = (facts: Partial<InstanceFacts>, sealed?: string) =>
  imageDrift
    .findings({ ...imageOf(GOLDEN, "a".repeat(64), sealed === undefined ? {} : { sealed }), ...facts })
    .map(({ kind }) => kind);

describe("drift of an image", () => {
  it("is nothing while it is sealed, stopped and protected", () => {
    expect(kindsOf({})).toEqual([]);
  });

  it("is image_modified when it runs or lost its protection", () => {
    expect(kindsOf({ status: "running" })).toEqual(["image_modified"]);
    expect(kindsOf({ isProtected: false })).toEqual(["image_modified"]);
  });

  it("is broken without its disk", () => {
    expect(kindsOf({ damage: { code: "disk_lost", text: "its disk is gone" } })).toEqual(["broken"]);
  });

  it("is an open configuration, which its clones would inherit", () => {
    const openConfig = [{ key: "mounts", found: "[~]", expected: "none", file: "/x.yaml" }];
    expect(kindsOf({ openConfig })).toEqual(["open_config"]);
    expect(kindsOf({ openConfig, status: "running" })).toEqual(["image_modified", "open_config"]);
    expect(kindsOf({ openConfig }, "")).toEqual([]);
  });

  it("is nothing for what never reached its seal", () => {
    expect(kindsOf({ status: "running", isProtected: false }, "")).toEqual([]);
  });

  it("misses the golden image, but not tools that apply would not build again", () => {
    expect([imageDrift.isMissed(GOLDEN), imageDrift.isMissed(TOOLS)]).toEqual([true, false]);
  });
});
