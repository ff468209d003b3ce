import { describe, expect, it } from "vitest";
import { LimaformError, withSystemReason } from "../../../src/errors/errors.js";
import { toErrorDocument } from "../../../src/events/error-document.js";

const systemError = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: refused`), { code, ...(path === undefined ? {} : { path }) });

describe("an error of the system that nobody foresaw", () => {
  it.each([
    ["ENOSPC", "STORE_NO_SPACE"],
    ["EDQUOT", "STORE_NO_SPACE"],
    ["EROFS", "STORE_READ_ONLY"],
  ])("%s is no bug of ours: what, where, why and what to do", (errno, code) => {
    const document = toErrorDocument(systemError(errno, "/h/x"));
    expect(document).toMatchObject({ code, message: expect.stringContaining("/h/x") });
    expect(document.hint).toMatch(/: df( -h)? \/h\/x$/);
    expect(toErrorDocument(systemError(errno))).toMatchObject({ code });
  });

  it("stays one where the system says something else", () => {
    for (const error of [systemError("ENOENT"), systemError("constructor"), new TypeError("x"), "text"])
      expect(withSystemReason(error)).toBe(error);
    expect(toErrorDocument(systemError("ENOENT")).code).toBe("BUG_INTERNAL");
    const ours = new LimaformError("SPEC_X", "x");
    expect(withSystemReason(ours)).toBe(ours);
  });
});
