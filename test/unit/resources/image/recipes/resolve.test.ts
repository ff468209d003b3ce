import { describe, expect, it } from "vitest";
import { DownloadError } from "../../../../../src/errors/errors.js";
import type { Downloads } from "../../../../../src/ports/downloads.js";
import type { Found } from "../../../../../src/resources/image/recipes/recipe.js";
import { resolve } from "../../../../../src/resources/image/recipes/resolve.js";
import { parseRequest } from "../../../../../src/resources/image/recipes/version.js";
import type { Json } from "../../../../../src/util/json.js";

const T0 = "2026-01-01T00:00:00.000Z";
const later = (minutes: number) => new Date(Date.parse(T0) + minutes * 60_000).toISOString();
const options = { signal: new AbortController().signal, timeoutMs: 1_000, report: () => {} };

const foundOf = (version: string): Found => ({
  version,
  files: [
    {
      ...{ url: `https://m.test/${version}`, checksum: { algorithm: "sha256", value: version }, bytes: null },
      ...{ format: "tar.gz", into: "", strip: 1, only: [] },
    },
  ],
});

/** An index that has these releases and counts how often it was asked; offline it cannot be reached. */
function scene(releases: string[]) {
  const memory = new Map<string, Json>();
  const cached = new Set<string>();
  const state = { asked: 0, isOffline: false };
  const downloads = {
    recall: async (name: string) => memory.get(name) ?? null,
    remember: async (name: string, value: Json) => void memory.set(name, JSON.parse(JSON.stringify(value)) as Json),
    find: async ({ value }: { value: string }) => (cached.has(value) ? { bytes: 1 } : null),
    readText: async () => {
      state.asked += 1;
      if (state.isOffline) throw new DownloadError("DOWNLOAD_UNREACHABLE", "no way there", { isTransient: true });
      return { text: "", bytes: 7 };
    },
  } as unknown as Downloads;
  const ask = (text: string, now = T0) =>
    resolve(
      downloads,
      {
        ...{ title: `node ${text}`, key: "tools.node", memory: "m", text, source: "https://m.test/?token=secret" },
        request: parseRequest(text, ["lts"]) ?? { kind: "word", word: "" },
        find: async (read) => {
          await read("https://m.test/index");
          const last = releases.filter((each) => text === "lts" || `${each}.`.startsWith(`${text}.`)).at(-1);
          return last === undefined ? null : foundOf(last);
        },
      },
      now,
      options,
    );
  return { ask, state, memory, cached };
}

describe("finding a release", () => {
  it("asks the index again only after ten minutes, and counts what came", async () => {
    const releases = ["24.1.0"];
    const { ask, state } = scene(releases);
    expect(await ask("24")).toMatchObject({ found: { version: "24.1.0" }, indexBytes: 7, note: null });
    releases.push("24.2.0");
    expect(await ask("24", later(9))).toMatchObject({ found: { version: "24.1.0" }, indexBytes: 0 });
    expect((await ask("24", later(11))).found.version).toBe("24.2.0");
    expect(state.asked).toBe(2);
  });

  it("does not trust an answer from the future: a clock may have been set back", async () => {
    const { ask, state } = scene(["24.1.0"]);
    await ask("24", later(60));
    await ask("24");
    expect(state.asked).toBe(2);
  });

  it("never asks twice for an exact version", async () => {
    const { ask, state } = scene(["24.1.0"]);
    await ask("24.1.0");
    expect((await ask("24.1.0", later(99_999))).found.version).toBe("24.1.0");
    expect(state.asked).toBe(1);
  });

  it("takes without network the newest that fits and that is wholly in the cache, and says so", async () => {
    const { ask, state, cached } = scene(["24.1.0", "24.2.0", "24.3.0"]);
    for (const text of ["24.1.0", "24.2.0", "24.3.0"]) await ask(text);
    state.isOffline = true;
    await expect(ask("24", later(60))).rejects.toMatchObject({ code: "DOWNLOAD_UNREACHABLE" });
    for (const version of ["24.1.0", "24.2.0"]) cached.add(version);
    const { found, note } = await ask("24", later(60));
    expect(found.version).toBe("24.2.0");
    expect(note).toBe("node 24: 24.2.0 from this host's cache, because no way there");
  });

  it("takes without network for a word what it last stood for", async () => {
    const { ask, state, cached } = scene(["24.1.0"]);
    await ask("lts");
    cached.add("24.1.0");
    state.isOffline = true;
    expect((await ask("lts", later(60))).found.version).toBe("24.1.0");
  });

  it("is an error that names key and source where nothing fits; no secret of the address is in it", async () => {
    const { ask } = scene(["24.1.0"]);
    await expect(ask("23")).rejects.toMatchObject({
      code: "TOOL_NOT_FOUND",
      message: "https://m.test/ has no node 23 for this architecture",
      hint: 'write another version than "23" for tools.node, then: limaform plan',
    });
  });

  it.each([
    null,
    [],
    { releases: 7 },
    { releases: { "24.1.0": { version: "24.1.0", files: [{}] } }, requests: { 24: {} } },
  ])("begins anew where its memory is %j", async (value) => {
    const { ask, memory } = scene(["24.1.0"]);
    memory.set("m", value as Json);
    expect((await ask("24")).found.version).toBe("24.1.0");
    expect((await ask("24.1.0")).found.version).toBe("24.1.0");
  });
});
