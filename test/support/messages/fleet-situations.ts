import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisHost } from "../../../src/adapters/lock/host.js";
import { PROJECT, worker } from "../program.js";
import { lock } from "./host-situations.js";
import type { Place } from "./place.js";
import type { Situation } from "./situation.js";

const failed = (name: string, code: string, ...argv: readonly string[]): Situation => ({
  name,
  argv,
  codes: [code],
  exit: 1,
});
const usage = (name: string, code: string, ...argv: readonly string[]): Situation => ({
  ...failed(name, code, ...argv),
  exit: 64,
});

/** A second checkout of the same project. */
function clone(place: Place): void {
  rmSync(join(place.user, "clone"), { recursive: true, force: true });
  place.git("clone", "-q", place.root, join(place.user, "clone"));
}

/** A plan that makes worker 2, in `~/next.plan`, and what happened to it or to the fleet since. */
const planned = (change: (place: Place) => void | Promise<void>) => async (place: Place) => {
  place.edit("workers = 1", "workers = 2");
  await place.limaform("plan", "--out", "../next.plan");
  place.edit("workers = 2", "workers = 1");
  await change(place);
};

/** More files that git ignores than a save takes. */
const TOO_MANY = "too-many";
const MANY = `mkdir ${TOO_MANY} && cd ${TOO_MANY} && echo '*' > .gitignore && seq 1 5001 | xargs touch`;
const configOf = (place: Place) => join(place.home, worker(1), "lima.yaml");

const SITUATIONS: readonly Situation[] = [
  usage("worker 9 of 1", "USAGE_UNKNOWN_WORKER", "run", "--workers", "9", "--", "true"),
  usage("workers that run out of the range", "USAGE_UNKNOWN_WORKER", "status", "1-3"),
  usage("a range from the end to the beginning", "USAGE_UNKNOWN_WORKER", "status", "3-1"),
  usage("a worker of another name", "USAGE_UNKNOWN_WORKER", "stop", "web"),
  {
    ...failed("the disk would shrink", "PLAN_DISK_SHRINK", "apply", "--yes"),
    arrange: (place) => place.edit('"16MiB"', '"8MiB"'),
  },
  {
    ...failed("the project belongs to another checkout", "PLAN_PROJECT_TAKEN", "apply", "--yes"),
    where: ["/home/uma/shop"],
    cwd: "clone",
    arrange: clone,
  },
  {
    ...failed("destroy from another checkout", "PLAN_PROJECT_TAKEN", "destroy", "--yes"),
    where: ["/home/uma/shop"],
    cwd: "clone",
    arrange: clone,
  },
  {
    ...failed("Lima's own configuration opens the workers", "LIMA_CONFIG_NOT_CLOSED", "apply", "--yes"),
    arrange(place) {
      place.edit("workers = 1", "workers = 2");
      writeFileSync(join(place.home, "_config", "override.yaml"), "plain: false\nmounts:\n- location: '~'\n");
    },
  },
  {
    name: "drift: Lima's own configuration opens the workers",
    argv: ["drift"],
    codes: [],
    where: ["/home/uma/.lima/_config/override.yaml"],
    exit: 3,
    format: "limaform.drift",
    arrange: (place) =>
      writeFileSync(join(place.home, "_config", "override.yaml"), "plain: false\nmounts:\n- location: '~'\n"),
  },
  {
    ...failed("a saved plan of before LIMA_HOME changed", "STALE_OTHER_PLACE", "apply", "../next.plan"),
    arrange: planned((place) => {
      place.env.LIMA_HOME = join(place.user, "elsewhere");
    }),
  },
  failed("there is no such result", "REVIEW_NOT_FOUND", "results", "show", "9/9"),
  failed(
    "discard the work of a worker that is not there",
    "PLAN_TARGET_UNKNOWN",
    "teardown",
    "--yes",
    "--discard-work",
    "worker.default[7]",
  ),
  usage("stop without a terminal and without --yes", "USAGE_APPROVAL_NEEDED", "stop", "1"),
  usage("start of a worker that is not there", "USAGE_UNKNOWN_WORKER", "start", worker(5)),
  {
    ...failed("an image that somebody protected would be deleted", "PLAN_PROTECTED", "destroy", "--yes"),
    arrange: (place) => protect(place, true),
  },
  {
    ...failed("work that cannot be saved would be lost", "PLAN_WORK_AT_RISK", "teardown", "--yes"),
    where: ["worker.default[1]", "--discard-work"],
    arrange: (place) => place.limaform("shell", "1", "--", "sh", "-c", MANY).then(() => undefined),
  },
  {
    ...failed("a saved plan twice", "STALE_ALREADY_APPLIED", "apply", "../next.plan"),
    arrange: planned(async (place) => {
      place.faults({ verb: "clone", do: "fail", message: "no luck" });
      await place.limaform("apply", "../next.plan");
      place.faults();
    }),
  },
  {
    ...failed("a saved plan whose worker was changed since", "STALE_PLAN", "apply", "../next.plan"),
    where: ["worker.default[1]"],
    async arrange(place) {
      place.edit('"512MiB"', '"768MiB"');
      await place.limaform("plan", "--out", "../next.plan");
      writeFileSync(configOf(place), readFileSync(configOf(place), "utf8").replace(/^cpus: .*$/m, "cpus: 2"));
    },
  },
  {
    name: "drift: the configuration of a worker cannot be read",
    argv: ["drift"],
    codes: ["DRIFT_INCOMPLETE"],
    where: ["shop-worker-1"],
    exit: 1,
    format: "limaform.drift",
    arrange: (place) => appendFileSync(configOf(place), "images: [\n"),
  },
  failed("adopt an instance that is not there", "PLAN_ADOPT_REFUSED", "adopt", "worker.default[2]", "mine", "--yes"),
  failed(
    "adopt for a place that the spec does not have",
    "PLAN_ADOPT_REFUSED",
    "adopt",
    "worker.default[2]",
    worker(1),
    "--yes",
  ),
  {
    // The last one: it brings new code into the worker.
    name: "the lock of an apply that has died is taken over",
    argv: ["apply", "--yes"],
    codes: [],
    exit: 0,
    format: "limaform.apply",
    mayChange: /^\/\.lima\/|^\/shop\/\.git\//,
    async arrange(place) {
      appendFileSync(join(place.root, "README.md"), "More.\n");
      lock(place, { ...(await thisHost().identify()), processStart: "1" }, PROJECT);
    },
  },
];

/** Of a fleet that is there: one worker, running. Each finds it as it was made. */
export const FLEET_SITUATIONS: readonly Situation[] = SITUATIONS.map((situation) => ({
  ...situation,
  async arrange(place: Place) {
    rmSync(join(place.home, "_config", "override.yaml"), { force: true });
    protect(place, false);
    removeNested(place);
    await situation.arrange?.(place);
  },
}));

function removeNested(place: Place): void {
  const agent = join(place.home, "_fake", "guests", worker(1), "home", "agent");
  for (const name of readdirSync(agent)) rmSync(join(agent, name, TOO_MANY), { recursive: true, force: true });
}

/** As `limactl protect` does. */
function protect(place: Place, on: boolean): void {
  const file = join(place.home, worker(1), "protected");
  if (on) writeFileSync(file, "", { mode: 0o400 });
  else rmSync(file, { force: true });
}
