import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fleetOf, GOLDEN, planOn, sourcesOf, specOf, TOOLS, worldOf } from "../support/builders.js";
import { runsOf } from "../support/property-runs.js";

/*
 * Which change rebuilds what. A change says how far down it reaches; several together reach as far as the furthest, and
 * nothing above it is built, whatever the order.
 */

type Reach = "none" | "golden" | "tools";
interface Change {
  readonly reach: Reach;
  /** Lines of the spec that replace those of the same key. */
  readonly spec?: Readonly<Record<string, string>>;
  readonly sources?: Parameters<typeof sourcesOf>[0];
  readonly files?: Partial<ReturnType<typeof sourcesOf>>;
}

const BEFORE: Readonly<Record<string, string>> = {
  workers: "2",
  "hooks.post_provision": '"true"',
  "hooks.post_sync": '"npm ci"',
};

const CHANGES: readonly Change[] = [
  { reach: "tools", spec: { "hooks.post_provision": '"false"' } },
  { reach: "tools", spec: { "vm.user": '"dev"' } },
  { reach: "tools", spec: { "vm.image": '"debian-12"' } },
  { reach: "tools", spec: { "tools.apt": '["jq"]' } },
  { reach: "tools", spec: { env: '{ A = "b" }' } },
  { reach: "tools", spec: { "tools.node": '"24"' } },
  { reach: "tools", spec: { "tools.custom.yq": '{ install = "true" }' } },
  { reach: "tools", spec: { "agents.claude": "{}" } },
  { reach: "tools", spec: { "vm.type": '"vz"' } },
  { reach: "tools", files: { caCerts: "-----BEGIN CERTIFICATE-----" } },
  { reach: "golden", spec: { "hooks.post_sync": '"npm install"' } },
  { reach: "golden", spec: { "repo.path": '"/srv/app"' } },
  { reach: "golden", sources: { imageInputs: [{ path: "package-lock.json", blob: "0ther" }] } },
  { reach: "none", spec: { "tools.mirror.node": '"https://mirror.test"' } },
  { reach: "none", spec: { "hooks.pre_run": '"true"' } },
  { reach: "none", spec: { "run.timeout": '"1h"' } },
  { reach: "none", spec: { "image.allow_secrets": '["/srv/*"]' } },
  { reach: "none", spec: { "image.keep": "5" } },
  { reach: "none", spec: { "rollout.surge": "1" } },
  { reach: "none", spec: { "image.step_timeout": '"1h"' } },
  { reach: "none", spec: { "vm.start_timeout": '"1h"' } },
  { reach: "none", sources: { head: "e".repeat(40) } },
];

const textOf = (lines: Readonly<Record<string, string>>): string =>
  Object.entries(lines)
    .map(([key, value]) => `${key} = ${value}`)
    .join("\n");

const furthest = (changes: readonly Change[]): Reach =>
  changes.some(({ reach }) => reach === "tools")
    ? "tools"
    : changes.some(({ reach }) => reach === "golden")
      ? "golden"
      : "none";

describe("the chain of images", () => {
  it.each(runsOf(100))("is rebuilt as far down as the furthest change reaches, and no further ($title)", (run) => {
    fc.assert(
      fc.property(fc.subarray([...CHANGES]), (changes) => {
        const after = Object.assign({}, BEFORE, ...changes.map(({ spec }) => spec ?? {})) as Record<string, string>;
        const git = sourcesOf(Object.assign({}, ...changes.map(({ sources: changed }) => changed ?? {})));
        const sources: typeof git = Object.assign({}, git, ...changes.map(({ files }) => files ?? {}));
        const world = worldOf(fleetOf(specOf(textOf(BEFORE))));
        const plan = planOn({ spec: specOf(textOf(after)), sources, world });
        const made = (address: string) =>
          plan.changes.some((change) => change.address === address && change.action === "create");
        const reach = furthest(changes);
        expect([made(TOOLS), made(GOLDEN)]).toEqual([reach === "tools", reach !== "none"]);
        const rolled = plan.changes.filter(({ address, action }) => /^worker/.test(address) && action === "replace");
        expect(rolled).toHaveLength(reach === "none" ? 0 : 2);
        const sealed = plan.steps.filter(({ verb }) => verb === "seal").map(({ address }) => String(address));
        expect(sealed.sort()).toEqual({ none: [], golden: [GOLDEN], tools: [GOLDEN, TOOLS] }[reach]);
      }),
      run,
    );
  });
});
