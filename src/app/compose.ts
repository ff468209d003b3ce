import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { EXIT } from "../errors/errors.js";
import { VERSION } from "../util/version.js";
import type { App, AppOptions, ConfigDocument, RunRequest, VersionFacts } from "./app.js";
import { type AppSession, openAppSession } from "./session.js";

/**
 * The real use cases over the real adapters; each is evaluated when it is asked for, and while limactl is at work where the
 * instances are the first that it looks at.
 */
export async function openApp(options: AppOptions): Promise<App> {
  const session = openAppSession(options, {
    kinds: async () => (await import("../resources/registry.js")).REGISTRY,
    pid: process.pid,
    invocation: typedLine(process.argv),
  });
  const startedMs = session.clock.monotonicMs();
  const early = async <T>(evaluate: () => Promise<T>): Promise<T> => {
    await session.listEarly();
    return evaluate();
  };
  const besideGit = async <T>(evaluate: () => Promise<T>): Promise<T> => {
    // Where the spec is looked for, and kept; what fails is learnt by who asks next.
    session.repository.topLevel(options.cwd).catch(() => {});
    return evaluate();
  };
  const runFirst = async (session: AppSession, request: RunRequest) => {
    const listsFirst = request.continue || request.tasks !== null;
    if (listsFirst) return (await early(() => import("./run.js"))).runCommand(session, request, null);
    const foreseen = (await besideGit(() => import("./run-early.js"))).foresee(session, request);
    // All else is evaluated in large pieces: read first, it would hold up the sessions.
    await foreseen.begun.catch(() => {});
    return (await import("./run.js")).runCommand(session, request, foreseen);
  };
  return {
    emit: session.emit,
    interrupt: (signal) => session.interrupt.raise(signal),
    init: async (request) => (await import("./init.js")).initProject(session, request),
    validate: () => readConfig(session),
    config: () => readConfig(session),
    plan: async (request) => (await early(() => import("./plan.js"))).planProject(session, request),
    readPlan: async (file) => (await import("./saved-plan.js")).readPlan(options.cwd, file),
    writePlan: async (file, plan) => (await import("./saved-plan.js")).writePlan(options.cwd, file, plan),
    apply: async (plan, request) => (await import("./apply.js")).applyProject(session, plan, request),
    drift: async () => (await early(() => import("./drift.js"))).readDrift(session),
    status: async (workers) => (await early(() => import("./status.js"))).readStatus(session, workers),
    watchStatus: async (workers, onDocument) => (await import("./status.js")).watchStatus(session, workers, onDocument),
    image: async (typed) => (await early(() => import("./images.js"))).showImage(session, typed),
    imageDiff: async (typed) => (await import("./images.js")).diffOfImages(session, typed),
    prunable: async (request) => (await import("./prune.js")).prunable(session, request),
    prune: async (request, plan) => (await import("./prune.js")).prune(session, request, plan),
    list: async ({ allProjects }) => (await early(() => import("./status.js"))).listInstances(session, allProjects),
    async resolveWorkers(typed) {
      const { presentWorkers } = await early(() => import("./shell.js"));
      return (await presentWorkers(session, typed)).map(({ slot, address, instance }) => ({ slot, address, instance }));
    },
    shell: async (worker, argv) => (await import("./shell.js")).openShell(session, worker, argv),
    sshConfig: async (workers) => (await import("./shell.js")).sshConfig(session, workers),
    spawnEdit: async (count, shrink) => (await import("./spawn.js")).spawnEdit(session, count, shrink),
    run: async (request) => {
      const giving = request.output === undefined ? null : import("./give-output.js");
      const output = await (await giving)?.openOutput(session, request);
      const document = await runFirst(output?.session ?? session, request);
      return output?.giveRest(document) ?? document;
    },
    readTemplate: async (name, given) => (await import("./template.js")).readTemplate(session, name, given),
    cp: async (request) => (await import("./cp.js")).copyFiles(session, request),
    sync: async (request) =>
      (await (await besideGit(() => import("./sync-look.js"))).lookFirst(session, request)) ??
      (await early(() => import("./sync.js"))).syncWorkers(session, request),
    runs: async () => (await besideGit(() => import("./list-runs.js"))).listRuns(session),
    showRun: async (id) => (await import("./runs.js")).showRun(session, id),
    cancelRun: async (id) => (await import("./runs.js")).cancelRun(session, id),
    attachRun: async (id) => (await import("./attach.js")).attachRun(session, id),
    send: async (request) => (await import("./send.js")).sendToRun(session, request),
    logs: async (request) => (await import("./logs.js")).readLogs(session, request),
    wait: async (request) => (await import("./wait.js")).waitFor(session, request),
    readTasks: async (file) => (await import("./task-input.js")).readTasks(session, file),
    results: async () => (await early(() => import("./results.js"))).listResults(session),
    result: async (id) => (await import("./results.js")).showResult(session, id),
    acceptResult: async (id, request) => (await import("./results.js")).acceptResult(session, id, request),
    discardResult: async (id) => (await import("./results.js")).discardResult(session, id),
    syncBack: async (request) => (await import("./sync-back.js")).syncBack(session, request),
    watchBack: async (request) => (await import("./watch-back.js")).watchBack(session, request),
    watchSync: async (request) => (await import("./sync-watch.js")).watchSync(session, request),
    resultDiff: async (id, paths) => (await import("./result-diff.js")).resultDiff(session, id, paths),
    page: async (text) => (await import("./page.js")).page(session, text),
    trust: async () => (await import("./trust.js")).trustOf(session),
    changeTrust: async (change) => (await import("./trust.js")).changeTrust(session, change),
    locks: async () => (await import("./unlock.js")).listLocks(session),
    unlock: async (locks) => (await import("./unlock.js")).releaseLocks(session, locks),
    doctor: async () => (await import("./doctor.js")).readDoctor(session),
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
