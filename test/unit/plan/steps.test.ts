import { describe, expect, it } from "vitest";
import { fleetOf, imagesOf, NO_OPTIONS, planOn, specOf, worker, workerOf, worldOf } from "../../support/builders.js";
import { oldGolden } from "../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();

describe("steps", () => {
  it("are named by verb and address, and by instance where an address has several", () => {
    const twin = workerOf(1, golden, { marks: { name: "app-worker-1-g2" }, facts: { name: "app-worker-1-g2" } });
    const world = worldOf([tools, golden, workerOf(1, golden), twin]);
    const given = { ...NO_OPTIONS, replaces: [worker(1)], discardWork: [worker(1)] };
    const ids = planOn({ world, options: given }).steps.map(({ id }) => id);
    expect(ids).toContain(`delete:${worker(1)}@app-worker-1`);
    expect(ids).toContain(`delete:${worker(1)}@app-worker-1-g2`);
    expect(ids).toContain(`create:${worker(1)}`);
  });

  it("wait for the last step of what they need, not for each", () => {
    const [push] = planOn().steps.filter(({ id }) => id.startsWith("push:binding"));
    expect(push?.after).toEqual([`start:${worker(1)}`]);
  });

  it("say how an interrupt finds them: boots and hooks stop, the rest finishes", () => {
    const { steps } = planOn({ spec: specOf('hooks.post_sync = "make"') });
    const stopping = steps.filter(({ onInterrupt }) => onInterrupt === "stop").map(({ verb }) => verb);
    expect(new Set(stopping)).toEqual(new Set(["start", "post_sync"]));
  });

  it("are repeated by themselves only where that is safe", () => {
    const world = worldOf([tools, golden, oldGolden, workerOf(1, oldGolden)]);
    const all = [...planOn().steps, ...planOn({ world }).steps];
    expect(new Set(all.filter(({ retries }) => retries > 0).map(({ verb, address }) => `${verb} ${address}`))).toEqual(
      new Set(["push binding.default[1]"]),
    );
  });

  it("have a time limit each", () => {
    expect(planOn().steps.filter(({ timeoutMs }) => !(timeoutMs > 0))).toEqual([]);
  });

  it("hold no more edges than a fleet is large", () => {
    const spec = specOf("workers = 300");
    const work = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`app-worker-${index + 1}`, { kind: "known", items: [] } as const]),
    );
    const old = Array.from({ length: 400 }, (_, index) => workerOf(index + 1, oldGolden));
    const plans = [
      planOn({ spec, world: worldOf([tools, golden, oldGolden, ...old], { work }) }),
      planOn({ spec: specOf('workers = 300\nvm.memory = "8GiB"'), world: worldOf(fleetOf(spec), { work }) }),
      planOn({ spec }),
    ];
    for (const { steps } of plans) {
      const edges = steps.reduce((sum, { after }) => sum + after.length, 0);
      expect(edges).toBeLessThan(2 * steps.length + 400);
    }
  });

  it("are planned for thousands of workers in time that grows with their number", () => {
    const count = 10_000;
    const spec = specOf();
    const large = { ...spec, values: { ...spec.values, workers: count, "image.keep": 0 } };
    const old = Array.from({ length: count }, (_, index) => workerOf(index + 1, oldGolden));
    const work = Object.fromEntries(old.map(({ name }) => [name, { kind: "known", items: [] } as const]));
    const plan = planOn({ spec: large, world: worldOf([tools, golden, oldGolden, ...old], { work }) });
    expect(plan.summary.replace).toBe(count);
    // Quadratic work or edges would take minutes and the memory of the process here.
    expect(plan.steps.reduce((sum, { after }) => sum + after.length, 0)).toBeLessThan(8 * count);
  }, 60_000);
});
