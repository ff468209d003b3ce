import { describe, expect, it } from "vitest";
import type { SaveDocument } from "../../../src/app/app.js";
import { renderSave } from "../../../src/views/human/saves.js";
import { paintFor } from "../../../src/views/paint.js";

const REF = { name: "ignored files", ref: "refs/limaform/save/1/1", commit: "ab".repeat(20) };
const accepted = { branch: "", commit: "cd".repeat(20), at: "2026-01-02T03:04:05.000Z" };

describe("saved work", () => {
  it("names its repository so that the line can be typed, wherever it lies", () => {
    const document: SaveDocument = {
      ...{ format: "limaform.save", version: 1, changes: [], refused: null, flagged: [], log: [] },
      repository: "/home/u s/it's/saved.git",
      save: {
        ...{ id: "save/1", instance: "shop-worker-1", address: "worker.default[1]", why: "replace" },
        ...{ savedAt: accepted.at, items: [], refs: [REF], archive: null, accepted },
      },
    };
    const git = (repository: string) => renderSave({ ...document, repository }, paintFor({ hasColour: false }));
    expect(git("/home/u s/it's/saved.git")).toContain(
      `git --git-dir '/home/u s/it'\\''s/saved.git' archive ${REF.ref} |`,
    );
    expect(git("/home/u/saved.git")).toContain(`git --git-dir /home/u/saved.git archive ${REF.ref} |`);
  });
});
