import { expect, it } from "vitest";
import { ownerOf } from "../../../src/record/owner.js";

const MAIN = { commonDirectory: "/home/me/app/.git", root: "/home/me/app", specFile: "/home/me/app/limaform.toml" };

it("gives 12 hex digits and the path they come from", () => {
  expect(ownerOf(MAIN)).toEqual({ owner: expect.stringMatching(/^[0-9a-f]{12}$/), ownerPath: "/home/me/app/.git" });
});

it("is shared by worktrees of one repository", () => {
  const worktree = { ...MAIN, root: "/tmp/tree", specFile: "/tmp/tree/limaform.toml" };
  expect(ownerOf(worktree)).toEqual(ownerOf(MAIN));
});

it("differs for another clone, and for another spec in the same repository", () => {
  const clone = { commonDirectory: "/srv/app/.git", root: "/srv/app", specFile: "/srv/app/limaform.toml" };
  const inner = { ...MAIN, specFile: "/home/me/app/sub/limaform.toml" };
  expect(new Set([MAIN, clone, inner].map((place) => ownerOf(place).owner)).size).toBe(3);
});

it("is the folder's own outside a repository", () => {
  const folder = { commonDirectory: null, root: "/home/me/app", specFile: "/home/me/app/limaform.toml" };
  expect(ownerOf(folder).ownerPath).toBe("/home/me/app");
});
