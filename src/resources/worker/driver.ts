import { LimaError } from "../../errors/errors.js";
import type { DriverPorts } from "../driver-ports.js";
import { marksIn, sizeIn, textOf } from "../inputs.js";
import type { DriverContext, DriverStep, KindDriver } from "../kind.js";
import { proveOurs } from "../ownership.js";
import { removeInstance } from "../remove-instance.js";

type Verb = (ports: DriverPorts, step: DriverStep, context: DriverContext) => Promise<void>;

const VERBS: Readonly<Record<string, Verb>> = { create, start, stop, update, delete: removeInstance };

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
  let { facts } = await proveOurs(ports.reader, instance, { address }, signal);
  if (facts.status === "broken" && step.inputs.repair === true) {
    report("ending its half-dead host processes");
    await ports.writer.stop(instance, { ...options, force: true });
    ({ facts } = await proveOurs(ports.reader, instance, { address }, signal));
  }
  if (step.inputs.release === true) await ports.writer.edit(instance, { marks: { hold: "" } }, options);
  if (facts.status !== "running") await ports.writer.start(instance, { ...options, report });
  await ports.guest.waitReady(instance, { ...options, report });
  if (facts.readyAt === null) await ports.files.writeReady(instance, ports.clock.now());
}

/** The hold is marked before success is reported: a worker that was stopped on purpose must not look like drift. */
async function stop(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: step.timeoutMs };
  const { facts } = await proveOurs(ports.reader, step.instance, { address: step.address }, signal);
  if (facts.status !== "stopped") {
    report("stopping");
    await ports.writer.stop(step.instance, { ...options, force: step.inputs.force === true });
  }
  await ports.writer.edit(step.instance, { marks: { hold: textOf(step.inputs, "hold") } }, options);
}

async function update(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: step.timeoutMs };
  const { facts } = await proveOurs(ports.reader, step.instance, { address: step.address }, signal);
  if (facts.status !== "stopped") {
    report("stopping");
    await ports.writer.stop(step.instance, { ...options, force: facts.status === "broken" });
  }
  const size = sizeIn(step.inputs);
  report("changing its size");
  await ports.writer.edit(step.instance, { ...size, marks: { applied: size } }, options);
}
