import { describe, expect, it } from "vitest";
import { compareSources, hasSources } from "../../../src/review/lock-sources.js";

const npm = (...entries: readonly object[]) =>
  JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries(entries.map((entry, at) => [`p${at}`, entry])) });

describe("sources of lock files", () => {
  it.each([
    ["web/package-lock.json", npm({ resolved: "https://registry.npmjs.org/a/-/a-1.tgz" })],
    ["yarn.lock", 'a@^1:\n  resolved "https://registry.npmjs.org/a/-/a-1.tgz#00"\n'],
    ["pnpm-lock.yaml", "resolution: {tarball: https://registry.npmjs.org/a/-/a-1.tgz}\n"],
    ["Cargo.lock", 'source = "registry+https://registry.npmjs.org/index"\n'],
    ["poetry.lock", 'url = "https://registry.npmjs.org/simple"\n'],
    ["uv.lock", 'source = { registry = "https://registry.npmjs.org/simple" }\n'],
    ["go.sum", "registry.npmjs.org/x/text v0.1.0 h1:aaa=\n"],
  ])("tell of another host in %s", (path, before) => {
    expect(hasSources(path)).toBe(true);
    const after = before.replaceAll("registry.npmjs.org", "evil.example");
    expect(compareSources(path, before, after)).toEqual({ added: ["evil.example"], removed: ["registry.npmjs.org"] });
    expect(compareSources(path, before, before.replaceAll("1", "2"))).toEqual({ added: [], removed: [] });
    expect(compareSources(path, "", before)).toEqual({ added: ["registry.npmjs.org"], removed: [] });
  });

  it.each([
    [{ resolved: "git+ssh://git@host.example:22/a.git#0" }, "host.example:22"],
    [{ version: "git@host.example:a/b.git" }, "host.example"],
    [{ resolved: "https://user:secret@host.example/a.tgz" }, "host.example"],
    [{ resolved: "https://ok.example\\@evil.example/a.tgz" }, "ok.example\\@evil.example"],
    [{ resolved: "HTTPS://Host.Example/a.tgz" }, "host.example"],
    [{ resolved: "file:../a.tgz" }, "file:"],
    [{ dependencies: { b: { resolved: "https://deep.example/b" } } }, "deep.example"],
  ])("read %j as %s", (entry, host) => {
    expect(compareSources("package-lock.json", "", npm(entry))).toEqual({ added: [host], removed: [] });
  });

  it("see through another spelling of the JSON, and not what is only talk", () => {
    const spelled = npm({ resolved: "https://evil.example/a" })
      .replace("evil", "\\u0065vil")
      .replace("resolved", "r\\u0065solved");
    expect(compareSources("package-lock.json", "", spelled)?.added).toEqual(["evil.example"]);
    const talk = npm({ funding: { url: "https://donate.example" }, deprecated: "see https://blog.example" });
    expect(compareSources("package-lock.json", "", talk)?.added).toEqual([]);
  });

  it.each(["{", "[".repeat(100_000) + "]".repeat(100_000)])("say of a broken file that it was not read", (text) => {
    expect(compareSources("package-lock.json", "{}", text)).toBeNull();
  });

  it("leave other lock files alone", () => expect(hasSources("flake.lock")).toBe(false));
});
