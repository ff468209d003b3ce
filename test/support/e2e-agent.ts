import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { RunDocument, RunsDocument, RunWorker } from "../../src/app/app.js";
import { baseImageTable, type Fleet, makeFleet, PROJECT, worker } from "./e2e.js";
import { type ModelStub, startModelStub } from "./model-stub/server.js";
import { registries } from "./registries.js";

/** Where a guest finds this host's loopback. */
const HOST = "192.168.5.2";
/** In halves, so that what looks for it is no place where it is found. */
export const KEY = ["stub-key-4f9a1c7e", "2b8d6035"] as const;

/** The model that the agents on the workers talk to: a stub on this host. */
export interface Model {
  /** What it does for runs that begin from now on; those that have begun go on with theirs. */
  mode(name: string): Promise<void>;
  /** How often it was asked in a mode. */
  asked(name: string): number;
  /** Of a mode, as workers see it. */
  url(mode: string): string;
  keys(): ReadonlySet<string>;
}

/** Chapters in which the real Claude Code works in real workers; only its model is a stub. */
export function withModel(fleet: () => Fleet, chapters: (model: Model) => void): void {
  let stub: ModelStub;
  const model: Model = {
    mode: (name) => writeFile(fleet().scratch("stub-url"), `${model.url(name)}\n`),
    url: (mode) => stub.url(mode, HOST),
    asked: (name) => stub.asked.filter((one) => one.mode === name).length,
    keys: () => new Set(stub.asked.map(({ key }) => key)),
  };
  describe.skipIf(registries().npm === null)("an agent on the workers", () => {
    beforeAll(async () => {
      stub = await startModelStub();
      await writeFile(fleet().scratch("stub-key"), `${KEY.join("")}\n`);
      // Not as `env`: that is an input of the images' hooks, and would build them anew.
      const secrets = `[secrets]
ANTHROPIC_API_KEY = { file = "${fleet().scratch("stub-key")}" }
ANTHROPIC_BASE_URL = { file = "${fleet().scratch("stub-url")}" }

[hooks]`;
      await fleet().edit("[hooks]", secrets);
      await model.mode("commit");
      await fleet().expect(0, "trust", "--yes");
    });
    afterAll(() => stub?.close());
    chapters(model);
  });
}

/** Workers that have the agent in their image. */
async function makeAgentFleet(files: Readonly<Record<string, string>>, workers: number): Promise<Fleet> {
  const made = await makeFleet(files);
  const { npm } = registries();
  const spec = `project = "${PROJECT}"
workers = ${workers}

[vm]
cpus = 1
memory = "1GiB"
disk = "4GiB"
ca_certs = "host"

[tools]
mirror.npm = "${npm}"

[agents.claude]

[hooks]
post_sync = "true"
${await baseImageTable()}`;
  await writeFile(join(made.repository.root, "limaform.toml"), spec);
  await made.repository.commit("Ask for workers with an agent");
  await made.expect(0, "trust", "--yes");
  await made.expect(0, "apply", "--yes");
  return made;
}

interface AgentFleetChoice {
  /** Default two. */
  readonly workers?: number;
  /** Chapters without a model. */
  readonly others?: (fleet: () => Fleet) => void;
}

/** A story on a fleet of its own that has the agent. */
export function onAgentFleet(
  title: string,
  files: Readonly<Record<string, string>>,
  chapters: (fleet: () => Fleet, model: Model) => void,
  { workers = 2, others }: AgentFleetChoice = {},
): void {
  describe(title, () => {
    let made: Fleet;
    const fleet = () => made;
    beforeAll(async () => {
      made = await makeAgentFleet(files, workers);
    });
    afterAll(() => made?.close());
    withModel(fleet, (model) => chapters(fleet, model));
    others?.(fleet);
  });
}

/** The last run that began on a worker. */
export async function newestRun(fleet: Fleet, slot: number): Promise<string> {
  const { runs } = await fleet.json<RunsDocument>(0, "runs", "list");
  const found = runs.find(({ workers }) => workers.includes(worker(slot)));
  if (found === undefined) throw new Error(`nothing ran on ${worker(slot)}`);
  return found.run;
}

/** Of a run on one worker. */
export function onlyPart({ run, workers }: RunDocument): RunWorker {
  const [part] = workers;
  if (part === undefined || workers.length > 1) throw new Error(`run ${run} has ${workers.length} parts`);
  return part;
}

/** Folder of a run in its worker. */
export const guestRun = (run: string): string => `/var/lib/limaform/runs/${run}`;

/** The kept output is what the worker wrote, to the byte. Returns how much that is. Units: bytes. */
export async function expectSameBytes(fleet: Fleet, run: string, part: Pick<RunWorker, "slot" | "output">) {
  const file = `${guestRun(run)}/stdout.log`;
  const there = await fleet.inside(part.slot, "sha256sum", file);
  const kept = join(part.output, "stdout.log");
  const here = execFileSync("sha256sum", [kept], { encoding: "utf8" });
  expect(here.slice(0, 64), `${kept} against ${file}`).toBe(there.slice(0, 64));
  return readFileSync(kept).length;
}
