import { describe, expect, it } from "vitest";
import { LimaError } from "../../../../src/errors/errors.js";
import { notingFailure } from "../../../../src/resources/worker/repair.js";

const NAME = "app-worker-1";
const AT = "2026-11-01T00:00:00.000Z";

/** What is noted when mending ends so. */
async function noted(mend: () => Promise<void>): Promise<readonly unknown[]> {
  const notes: unknown[] = [];
  const files = { writeRepair: async (name: string, note: unknown) => void notes.push(name, note) };
  const ports = { files, clock: { now: () => AT } } as unknown as Parameters<typeof notingFailure>[0];
  await notingFailure(ports, NAME, mend).catch((error: unknown) => void notes.push((error as LimaError).code));
  return notes;
}
const failing = (code: string) => async () => {
  throw new LimaError(code, `said ${code}`, {});
};

describe("a repair", () => {
  it.each(["LIMA_HALF_DEAD", "LIMA_STOP_TIMEOUT", "LIMA_START_FAILED"])("is noted as in vain on %s", async (code) => {
    expect(await noted(failing(code))).toEqual([NAME, { at: AT, text: `said ${code}` }, code]);
  });

  it.each(["LIMA_DISK_FULL", "LIMA_ACCELERATION", "LIMA_START_SLOW", "LIMA_START_TIMEOUT", "LIMA_CONFIG_NOT_CLOSED"])(
    "is not held against the worker on %s, which is the host's",
    async (code) => {
      expect(await noted(failing(code))).toEqual([code]);
    },
  );

  it("that went well takes the note away", async () => {
    expect(await noted(async () => {})).toEqual([NAME, null]);
  });
});
