import { describe, expect, it } from "vitest";
import { aptConf, fetchedBytes, PACKAGE, readUris } from "../../../../../src/resources/image/recipes/apt-conf.js";

const HASH = "c".repeat(64);

describe("how apt is called", () => {
  it("has the host's proxies, and leaves out what NO_PROXY names", () => {
    const conf = aptConf(
      { http: "http://u:p@proxy.test:3128", https: null, none: "mirror.test, .corp, 10.0.0.0/8" },
      null,
    );
    expect(conf).toContain('Acquire::http::Proxy "http://u:p@proxy.test:3128/";');
    expect(conf).toContain('Acquire::http::Proxy::mirror.test "DIRECT";');
    expect(conf).not.toMatch(/corp|10\.0|https::Proxy|SourceParts/u);
  });

  it("keeps a proxy's address one string whatever is in it", () => {
    expect(aptConf({ http: 'http://a.test/";x"', https: null, none: "" }, null)).toContain('"http://a.test/%22;x%22"');
  });

  it("takes the mirror's list of sources instead of the image's", () => {
    expect(aptConf(null, "http://mirror.test")).toContain('Dir::Etc::SourceList "/dev/null";');
  });
});

describe("what apt would download", () => {
  it("is read with name, size and SHA-256; anything odd is left to apt", () => {
    const text = [
      `'http://m.test/pool/libonig5_6.9.9-1%2bb1_amd64.deb' libonig5_6.9.9-1+b1_amd64.deb 189396 SHA256:${HASH}`,
      `'http://m.test/x.deb' ../../etc/x.deb 1 SHA256:${HASH}`,
      `'http://m.test/x.deb' -rf.deb 1 SHA256:${HASH}`,
      "'http://m.test/x.deb' x.deb 1 MD5Sum:abc",
      "Reading package lists...",
    ].join("\n");
    expect(readUris(text)).toEqual([{ name: "libonig5_6.9.9-1+b1_amd64.deb", bytes: 189396, sha256: HASH }]);
  });

  it("is counted by apt's own word", () => {
    expect(fetchedBytes("Get:1 x\nFetched 9,820 kB in 3s (2809 kB/s)\n")).toBe(9_820_000);
    expect(fetchedBytes("Hit:1 http://m.test trixie InRelease\n")).toBe(0);
  });
});

describe("names of packages", () => {
  it.each(["jq", "g++", "libc6-dev", "python3.13", "jq=1.7.1-6+deb13u1", "libc6:amd64", "nginx/trixie-backports"])(
    "%s is one",
    (name) => {
      expect(name).toMatch(new RegExp(PACKAGE, "u"));
    },
  );

  it.each([
    "-y",
    "--allow-unauthenticated",
    "./x.deb",
    "/tmp/x.deb",
    "jq;true",
    "jq curl",
    "jq-",
    "a",
    "Jq",
    "$(x)",
    "jq=",
    "",
  ])("%j is none", (name) => {
    expect(name).not.toMatch(new RegExp(PACKAGE, "u"));
  });
});
