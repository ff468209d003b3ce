import { LimaError } from "../../errors/errors.js";
import type { DriverPorts } from "../driver-ports.js";
import { findWork, refuseLive, refuseUnsaved } from "../guard-work.js";
import { marksIn, objectOf, sizeIn, textOf } from "../inputs.js";
import type { DriverContext, DriverStep, KindDriver } from "../kind.js";
import { proveOurs } from "../ownership.js";
import { decodeProbeRequest, probeLimitIn } from "../probe-request.js";
import { removeInstance } from "../remove-instance.js";
import { adoptInstance, forgetInstance } from "../rewrite-marks.js";
import { notingFailure } from "./repair.js";

type Verb = (ports: DriverPorts, step: DriverStep, context: DriverContext) => Promise<void>;

const VERBS: Readonly<Record<string, Verb>> = {
  create,
  start,
  stop,
  update,
  save,
  delete: remove,
  adopt: adoptInstance,
  forget: forgetInstance,
};

/** Effects of workers: limactl through the instance ports, readiness through the guest port. */
export function createWorkerDriver(ports: DriverPorts): KindDriver {
  return {
    kind: "worker",
    async run(step, context) {
      const verb = VERBS[step.verb];
      if (verb === undefined) throw new Error(`worker has no verb ${step.verb}`);
      await verb(ports, step, context);
    },
  };
}

async function create(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const source = textOf(step.inputs, "source");
  const marks = marksIn(step);
  const image = await proveOurs(ports.reader, source, { project: marks.project, owner: marks.owner }, signal);
  if (image.marks.sealed === "" || image.facts.status !== "stopped" || image.marks.revision !== marks.revision) {
    throw new LimaError(
      "LIMA_IMAGE_UNUSABLE",
      `the image ${source} is ${image.facts.status} and no longer what was planned`,
      {
        hint: "plan again: limaform plan",
      },
    );
  }
  report(`cloning ${source}`);
  await ports.writer.clone(
    source,
    step.instance,
    { ...sizeIn(step.inputs), marks },
    { signal, timeoutMs: step.timeoutMs },
  );
  await proveOurs(
    ports.reader,
    step.instance,
    { project: marks.project, owner: marks.owner, address: step.address },
    signal,
  );
}

/** Boots, or picks up a boot that was cut off. Ready = SSH answers, first boot is through, our file says so. */
async function start(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { signal, report } = context;
  const options = { signal, timeoutMs: step.timeoutMs };
  const { instance, address } = step;
  const { facts } = await proveOurs(ports.reader, instance, { address }, signal);
  const release = async () => {
    if (step.inputs.release === true) await ports.writer.edit(instance, { marks: { hold: "" } }, options);
  };
  if (facts.status === "broken" && step.inputs.repair === true) {
    refuseLive(step, await findWork(ports, step, facts, context), { isBroken: true });
    await notingFailure(ports, instance, async () => {
      const found = await ports.writer.repair(instance, { ...options, report });
      if (found === "running") return;
      await proveOurs(ports.reader, instance, { address }, signal);
      await release();
      await ports.writer.start(instance, { ...options, report });
    });
  } else {
    await release();
    if (facts.status !== "running") await ports.writer.start(instance, { ...options, report });
    if (facts.damage?.code === "repair_failed") await ports.files.writeRepair(instance, null);
  }
  await ports.guest.waitReady(instance, { ...options, report });
  if (facts.readyAt === null) await ports.files.writeReady(instance, ports.clock.now());
}

/** Brings over what can be saved. Nothing of it left = done, so it may be repeated at any point. */
async function save(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { signal, report } = context;
  const { facts } = await proveOurs(ports.reader, step.instance, { address: step.address }, signal);
  const work = objectOf(step.inputs, "work");
  const probe = decodeProbeRequest(work, step.instance);
  const finding = await ports.work.find(facts, probe, { signal, timeoutMs: probeLimitIn(work) });
  if (finding.kind === "known" && !finding.items.some(({ savable }) => savable === true)) return;
  const request = { probe, address: step.address, why: textOf(step.inputs, "why"), finding };
  await ports.work.save(request, { signal, timeoutMs: step.timeoutMs, report });
}

/** The worker's disk goes only when all it holds is on this host. */
function remove(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  return removeInstance(ports, step, context, async (facts) =>
    refuseUnsaved(step, await findWork(ports, step, facts, context)),
  );
}

/** The hold is marked before success is reported: a worker that was stopped on purpose must not look like drift. */
async function stop(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { signal, report } = context;
  const options = { signal, timeoutMs: step.timeoutMs };
  const { facts } = await proveOurs(ports.reader, step.instance, { address: step.address }, signal);
  const isRunning = facts.status !== "stopped";
  const finding = isRunning ? await findWork(ports, step, facts, context) : null;
  if (isRunning) {
    refuseLive(step, finding, { isBroken: false });
    report("stopping");
    await ports.writer.stop(step.instance, { ...options, force: step.inputs.force === true });
  }
  await ports.writer.edit(step.instance, { marks: { hold: textOf(step.inputs, "hold") } }, options);
  // Of one that was stopped already an earlier note may stand.
  if (isRunning) await ports.work.noteStopped(step.instance, finding);
}

async function update(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { signal, report } = context;
  const options = { signal, timeoutMs: step.timeoutMs };
  const { facts } = await proveOurs(ports.reader, step.instance, { address: step.address }, signal);
  if (facts.status !== "stopped") {
    const isBroken = facts.status === "broken";
    refuseLive(step, await findWork(ports, step, facts, context), { isBroken });
    report("stopping");
    await ports.writer.stop(step.instance, { ...options, force: isBroken });
  }
  const size = sizeIn(step.inputs);
  report("changing its size");
  await ports.writer.edit(step.instance, { ...size, marks: { applied: size } }, options);
}
