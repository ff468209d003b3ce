import { describe, expect, it } from "vitest";
import { expandAddresses } from "../../../src/plan/expand.js";
import {
  actionsOf,
  binding,
  fleetOf,
  GOLDEN,
  imagesOf,
  NO_OPTIONS,
  planOn,
  specOf,
  TOOLS,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";

const known = [TOOLS, GOLDEN, worker(1), worker(2), worker(3), binding(1), binding(2), binding(3)];
const expand = (...typed: readonly string[]) => expandAddresses(typed, known, { wildcards: true });

describe("addresses as typed", () => {
  it.each([
    ["worker.default[2]", [worker(2)]],
    ["worker.default[1-3]", [worker(1), worker(2), worker(3)]],
    ["worker.default[1,3]", [worker(1), worker(3)]],
    ["worker.default[1,2-3]", [worker(1), worker(2), worker(3)]],
    ["worker.default[*]", [worker(1), worker(2), worker(3)]],
    ["worker", [worker(1), worker(2), worker(3)]],
    ["worker.default", [worker(1), worker(2), worker(3)]],
    ["image", [TOOLS, GOLDEN]],
    ["*.default[2]", [worker(2), binding(2)]],
    ["image.*", [TOOLS, GOLDEN]],
  ])("%s means what it says", (typed, addresses) => {
    expect(expand(typed)).toEqual(addresses);
  });

  it("stand for themselves where nothing fits, so that they can be refused by name", () => {
    expect(expand("worker.default[9]", "nonsense*", "[")).toEqual(["worker.default[9]", "nonsense*", "["]);
  });

  it.each(["worker.default[2-1]", "worker.default[1,3-2]", "worker.default[1-99999999999]", ""])(
    "%j stands for itself: standing for nothing it would mean the whole fleet",
    (typed) => {
      for (const wildcards of [true, false]) expect(expandAddresses([typed], known, { wildcards })).toEqual([typed]);
    },
  );

  it("are each there once", () => {
    expect(expand("worker", "worker.default[2]")).toEqual([worker(1), worker(2), worker(3)]);
  });

  it("are no patterns where work is given up: ranges are, because they name each", () => {
    const exact = (text: string) => expandAddresses([text], known, { wildcards: false });
    expect(exact("worker")).toEqual(["worker"]);
    expect(exact("worker.default[*]")).toEqual(["worker.default[*]"]);
    expect(exact("worker.default[1-2]")).toEqual([worker(1), worker(2)]);
  });
});

const given = (options: Partial<typeof NO_OPTIONS>, changes: Parameters<typeof planOn>[0] = {}) => {
  const plan = planOn({
    spec: specOf("workers = 3"),
    world: worldOf(fleetOf(specOf("workers = 3"))),
    options: { ...NO_OPTIONS, ...options } as typeof NO_OPTIONS,
    ...changes,
  });
  return { plan, problems: plan.errors.map(({ text, hint }) => `${text} → ${hint}`) };
};
const typed = (...texts: readonly string[]) => texts as typeof NO_OPTIONS.targets;

describe("a plan with targets", () => {
  it("is marked as a part and holds the addresses that were meant", () => {
    const { plan } = given({ targets: typed("worker.default[1-2]") });
    expect([plan.partial, plan.options.targets]).toEqual([true, [worker(1), worker(2)]]);
    expect(given({}).plan.partial).toBe(false);
  });

  it.each([
    ["app-worker-2", "did you mean worker.default[2]?"],
    ["2", "did you mean worker.default[2]?"],
    ["image.goldne", "did you mean image.golden?"],
  ])("refuses %s and says what was most likely meant", (text, hint) => {
    expect(given({ targets: typed(text) }).problems).toEqual([expect.stringContaining(hint)]);
  });
});

describe("a forced replacement", () => {
  it("turns nothing and updates into a replacement, at these addresses only", () => {
    const discardWork = [worker(2)];
    const { plan } = given({ replaces: typed("worker.default[2]"), discardWork });
    expect(actionsOf(plan)).toEqual([`replace ${worker(2)} app-worker-2`, `push ${binding(2)} app-worker-2`]);
    const resized = given(
      { replaces: [worker(2)], discardWork: [worker(1), worker(2), worker(3)] },
      { spec: specOf("workers = 3\nvm.memory = '8GiB'") },
    );
    expect(actionsOf(resized.plan).filter((action) => action.includes("worker.default"))).toEqual([
      `update ${worker(1)} app-worker-1`,
      `replace ${worker(2)} app-worker-2`,
      `update ${worker(3)} app-worker-3`,
    ]);
  });

  it("builds an image anew beside the one that is there", () => {
    const { tools, golden } = imagesOf();
    const { plan } = given({ replaces: [TOOLS] }, { spec: specOf("workers = 0"), world: worldOf([tools, golden]) });
    expect(actionsOf(plan)).toEqual([`create ${TOOLS} ${tools.name}-b2`]);
  });

  it("is refused of what has no instance, and outside the targets", () => {
    expect(given({ replaces: [binding(1)] }).problems).toEqual([expect.stringContaining("no instance of its own")]);
    expect(given({ replaces: [worker(2)], targets: [worker(1)] }).problems).toEqual([
      expect.stringContaining("not among the targets → name it too: --target 'worker.default[2]'"),
    ]);
    expect(given({ replaces: typed("worker.default[9]") }).problems).toEqual([
      expect.stringContaining("there is no worker.default[9]"),
    ]);
  });

  it("is refused of nothing that a smaller fleet deletes anyway", () => {
    const { tools, golden } = imagesOf();
    const world = worldOf([tools, golden, workerOf(1, golden)]);
    const options = { replaces: [worker(1)], discardWork: [worker(1)] };
    expect(given(options, { spec: specOf("workers = 0"), world }).problems).toEqual([]);
  });
});
