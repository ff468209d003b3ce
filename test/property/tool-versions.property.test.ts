import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareVersions,
  fits,
  newestFitting,
  parseRequest,
  partsOf,
} from "../../src/resources/image/recipes/version.js";
import { runsOf } from "../support/property-runs.js";

const number = fc.integer({ min: 0, max: 30 });
const version = fc.tuple(number, number, number).map((parts) => parts.join("."));
/** Of a version its first one to three numbers. */
const asked = fc
  .tuple(version, fc.integer({ min: 1, max: 3 }))
  .map(([text, count]) => text.split(".").slice(0, count).join("."));
const noise = fc.constantFrom("24.1.0-rc.1", "v24.1.0", "nightly", "", "1.2.3.4", "01.2.3");
const releases = fc.array(fc.oneof({ arbitrary: version, weight: 9 }, { arbitrary: noise, weight: 1 }), {
  maxLength: 40,
});

const requestOf = (text: string) => {
  const request = parseRequest(text, ["latest"]);
  if (request === null) throw new Error(text);
  return request;
};
const parts = (text: string) => partsOf(text) ?? [];

describe.each(runsOf())("versions of tools ($title)", ({ seed, numRuns }) => {
  it("the one that is taken fits, and none that fits is newer", () => {
    fc.assert(
      fc.property(asked, releases, (text, all) => {
        const request = requestOf(text);
        const found =
          newestFitting(
            request,
            all.map((each) => ({ version: each })),
          )?.version ?? null;
        const fitting = all.filter((each) => partsOf(each) !== null && `${each}.`.startsWith(`${text}.`));
        if (found === null) {
          expect(fitting).toEqual([]);
          return;
        }
        expect(`${found}.`.startsWith(`${text}.`)).toBe(true);
        for (const each of fitting) expect(compareVersions(parts(found), parts(each))).toBeGreaterThanOrEqual(0);
      }),
      { seed, numRuns },
    );
  });

  it("does not depend on the order of the index", () => {
    fc.assert(
      fc.property(asked, releases, fc.infiniteStream(fc.nat()), (text, all, random) => {
        const shuffled = all.map((each) => [random.next().value ?? 0, each] as const).sort(([a], [b]) => a - b);
        const pick = (list: readonly string[]) =>
          newestFitting(
            requestOf(text),
            list.map((each) => ({ version: each })),
          )?.version;
        expect(pick(shuffled.map(([, each]) => each))).toBe(pick(all));
      }),
      { seed, numRuns },
    );
  });

  it("more numbers never widen a request", () => {
    fc.assert(
      fc.property(version, version, (wanted, release) => {
        const [major = "", minor = ""] = wanted.split(".");
        const inner = fits(requestOf(wanted), release);
        const middle = fits(requestOf(`${major}.${minor}`), release);
        expect([inner && !middle, middle && !fits(requestOf(major), release)]).toEqual([false, false]);
      }),
      { seed, numRuns },
    );
  });
});
