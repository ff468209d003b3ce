import { describe, expect, it } from "vitest";
import { cacheFolder } from "../../../../src/adapters/cache-folder.js";
import { proxiesOf } from "../../../../src/adapters/downloads/proxies.js";

describe("the host's proxies", () => {
  it("are none without variables, and an empty variable is none", () => {
    expect(proxiesOf({})).toBeNull();
    expect(proxiesOf({ HTTP_PROXY: "", https_proxy: "" })).toBeNull();
  });

  it("are read in both spellings, lower case first; one for plain addresses serves encrypted ones too", () => {
    expect(proxiesOf({ http_proxy: "http://a", HTTP_PROXY: "http://b", NO_PROXY: "x" })).toEqual({
      ...{ http: "http://a", https: "http://a", none: "x" },
    });
    expect(proxiesOf({ ALL_PROXY: "http://a", HTTPS_PROXY: "http://s" })).toMatchObject({
      http: "http://a",
      https: "http://s",
    });
  });
});

describe("the download cache", () => {
  it("is where the system has caches, unless XDG_CACHE_HOME says another place", () => {
    expect(cacheFolder({ env: { HOME: "/h" }, platform: "linux" })).toBe("/h/.cache/limaform");
    expect(cacheFolder({ env: { HOME: "/h" }, platform: "darwin" })).toBe("/h/Library/Caches/limaform");
    expect(cacheFolder({ env: { HOME: "/h", XDG_CACHE_HOME: "/c" }, platform: "darwin" })).toBe("/c/limaform");
  });
});
