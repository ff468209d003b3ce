import { describe, expect, it } from "vitest";
import { askCurrent } from "../../../src/app/push-current.js";
import type { PushMark } from "../../../src/world/world.js";

type Args = Parameters<typeof askCurrent>;
const HEAD = "a".repeat(40);
const CODE = { kind: "git", root: "/r", head: HEAD, branch: "main", carried: { digest: "", count: 0 }, notes: [] };
const MARK: PushMark = { commit: HEAD, carriedDigest: "", base: HEAD, at: "2026-01-02T03:04:05Z", guestPath: "~/shop" };

function scene({ code = CODE as object, values = {}, isCurrent = true } = {}) {
  const asked: unknown[] = [];
  const fleet = {
    loaded: { spec: { values: { "repo.path": "~/shop", ...values } } },
    code: {
      isCurrent: async (request: unknown) => {
        asked.push(request);
        return isCurrent;
      },
    },
  };
  const session = { interrupt: { first: new AbortController().signal } };
  const host = { code, ownFiles: [] };
  const ask = () =>
    askCurrent(session as unknown as Args[0], fleet as unknown as Args[1], host as Args[2], { instance: "w" });
  return { asked, ask };
}

const worker = (lastPush: PushMark | null) =>
  ({ facts: { lastPush } }) as Parameters<NonNullable<Awaited<ReturnType<typeof askCurrent>>>["isMarked"]>[0];

describe("whether a worker has the code already", () => {
  it("is one question for commit and branch", async () => {
    const { asked, ask } = scene();
    expect((await ask())?.isMarked(worker(MARK))).toBe(true);
    expect(asked).toEqual([{ instance: "w", guestPath: "~/shop", commit: HEAD, branch: "main" }]);
  });

  it("is no where it stands elsewhere", async () => {
    expect(await scene({ isCurrent: false }).ask()).toBeNull();
  });

  it.each([
    ["no mark", null],
    ["the mark of another commit", { ...MARK, commit: "b".repeat(40) }],
    ["a mark with files carried along", { ...MARK, carriedDigest: "d" }],
    ["another base", { ...MARK, base: "b".repeat(40) }],
    ["a mark of another folder", { ...MARK, guestPath: "~/other" }],
  ])("is left to a push where the instance has %s", async (_, mark) => {
    expect((await scene().ask())?.isMarked(worker(mark))).toBe(false);
  });

  it.each([
    ["files are carried along", { code: { ...CODE, carried: { digest: "d", count: 1 } } }],
    ["there is no commit", { code: { ...CODE, head: null } }],
    ["there is no repository", { code: { kind: "files", root: "/r" } }],
  ])("is not asked where %s", async (_, given) => {
    const { asked, ask } = scene(given);
    expect([await ask(), asked]).toEqual([null, []]);
  });

  it("is asked where uncommitted files stay here", async () => {
    const given = { code: { ...CODE, carried: { digest: "d", count: 1 } }, values: { "repo.uncommitted": false } };
    expect((await scene(given).ask())?.isMarked(worker(MARK))).toBe(true);
  });
});
