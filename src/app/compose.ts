import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EXIT } from "../errors/errors.js";
import { REGISTRY } from "../resources/registry.js";
import { VERSION } from "../util/version.js";
import type { App, AppOptions, ConfigDocument, VersionFacts } from "./app.js";
import { applyProject } from "./apply.js";
import { readDoctor } from "./doctor.js";
import { readDrift } from "./drift.js";
import { initProject } from "./init.js";
import { planProject } from "./plan.js";
import { acceptResult, discardResult, listResults, showResult } from "./results.js";
import { runCommand } from "./run.js";
import { readPlan, writePlan } from "./saved-plan.js";
import { type AppSession, openAppSession } from "./session.js";
import { openShell, presentWorkers, sshConfig } from "./shell.js";
import { spawnEdit } from "./spawn.js";
import { listInstances, readStatus } from "./status.js";
import { changeTrust, trustOf } from "./trust.js";
import { listLocks, releaseLocks } from "./unlock.js";

/** The real use cases over the real adapters. */
export async function openApp(options: AppOptions): Promise<App> {
  const session = openAppSession(options, {
    kinds: REGISTRY,
    pid: process.pid,
    invocation: typedLine(process.argv),
  });
  const startedMs = session.clock.monotonicMs();
  return {
    emit: session.emit,
    interrupt: (signal) => session.interrupt.raise(signal),
    init: (request) => initProject(session, request),
    validate: () => readConfig(session),
    config: () => readConfig(session),
    plan: (request) => planProject(session, request),
    readPlan: (file) => readPlan(options.cwd, file),
    writePlan: (file, plan) => writePlan(options.cwd, file, plan),
    apply: (plan, request) => applyProject(session, plan, request),
    drift: () => readDrift(session),
    status: (workers) => readStatus(session, workers),
    list: ({ allProjects }) => listInstances(session, allProjects),
    resolveWorkers: async (typed) =>
      (await presentWorkers(session, typed)).map(({ slot, address, instance }) => ({ slot, address, instance })),
    shell: (worker, argv) => openShell(session, worker, argv),
    sshConfig: (workers) => sshConfig(session, workers),
    spawnEdit: (count, shrink) => spawnEdit(session, count, shrink),
    run: (request) => runCommand(session, request),
    results: () => listResults(session),
    result: (id) => showResult(session, id),
    acceptResult: (id, request) => acceptResult(session, id, request),
    discardResult: (id) => discardResult(session, id),
    trust: () => trustOf(session),
    changeTrust: (change) => changeTrust(session, change),
    locks: () => listLocks(session),
    unlock: (locks) => releaseLocks(session, locks),
    doctor: () => readDoctor(session),
    version: () => versions(session),
    close: async ({ exitCode }) => {
      await session.close();
      const elapsedMs = Math.round(session.clock.monotonicMs() - startedMs);
      session.emit({ type: "run.completed", verdict: verdictOf(exitCode), exitCode, elapsedMs });
    },
  };
}

/** What another user can type to run the same: the launcher where the program has it beside itself, else Node and the file. */
function typedLine([node = "node", file = "", ...args]: readonly string[]): readonly string[] {
  const launcher = resolve(dirname(file), "../bin/limaform");
  return existsSync(launcher) ? [launcher, ...args] : [node, file, ...args];
}

/** The word of the last event for how the whole invocation ended. */
function verdictOf(exitCode: number): string {
  if (exitCode === EXIT.done) return "done";
  if (exitCode === EXIT.changes) return "changes";
  if (exitCode === EXIT.drift) return "drift";
  return exitCode >= EXIT.hangup ? "interrupted" : "failed";
}

async function readConfig(session: AppSession): Promise<ConfigDocument> {
  const { spec, warnings } = await session.spec();
  return {
    format: "limaform.config",
    version: 1,
    file: spec.file,
    values: spec.values,
    origins: spec.origins,
    warnings,
  };
}

async function versions(session: AppSession): Promise<VersionFacts> {
  const fleet = await session.fleet();
  const host = await fleet.reader.host(session.interrupt.first);
  return {
    limaform: VERSION,
    node: process.version,
    lima: host.limaVersion,
    limaHome: host.limaHome,
    emulated: host.isEmulated,
  };
}
