import { describe, expect, it } from "vitest";
import type { ImageDocument } from "../../../src/app/app.js";
import { renderImage } from "../../../src/views/human/image.js";
import { paintFor } from "../../../src/views/paint.js";
import type { DoneStep } from "../../../src/world/build.js";

const MIB = 1024 ** 2;
const SEALED = "2026-11-20T10:00:00.000Z";

const step = (name: string, bytes: Pick<DoneStep, "downloadedBytes" | "indexBytes" | "cachedBytes">): DoneStep => ({
  ...{ name, key: name, startedAt: SEALED, title: name, elapsedMs: 1_000, version: "1.2.3", source: null },
  ...{ growthBytes: null, log: null, ...bytes },
});

const shown = (steps: readonly DoneStep[]): string => {
  const document: ImageDocument = {
    ...{ format: "limaform.image", version: 1, project: "demo" },
    image: {
      ...{ address: "image.tools", instance: "demo-tools-1", revision: "1", sealed: SEALED, ageMs: 60_000, from: "" },
      ...{ status: "Stopped", protected: true, users: [], builtInMs: null, usedBytes: null, versions: {} },
    },
    record: {
      ...{ instance: "demo-tools-1", address: "image.tools", revision: "1", sealedAt: SEALED, startedAt: SEALED },
      ...{ from: "", builtBy: { who: "a@b", limaform: "0.1.0", lima: "2.2.0" }, base: null, commit: null },
      ...{ inputs: {}, steps, resumed: [], os: "", kernel: "", packages: [], usedBytes: null },
      scan: { files: 1, elapsedMs: 1, passed: [], passedCount: 0, notLookedFor: [] },
    },
  };
  return renderImage(document, false, paintFor({ hasColour: false }));
};

describe("an image", () => {
  it("says what of its tools came from outside, and what this host had", () => {
    const text = shown([
      step("apt", { downloadedBytes: 0, indexBytes: 2 * MIB, cachedBytes: 40 * MIB }),
      step("node", { downloadedBytes: 30 * MIB, indexBytes: 0, cachedBytes: 5 * MIB }),
    ]);
    expect(text).toMatch(
      /^ +downloads +30 MiB of files and 2 MiB of indexes from outside, 45 MiB from this host's cache$/mu,
    );
  });

  it("that took nothing by itself says nothing of it", () => {
    expect(shown([step("post_sync", { downloadedBytes: 0, indexBytes: 0, cachedBytes: 0 })])).not.toContain(
      "downloads",
    );
  });
});
