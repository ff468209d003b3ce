import { encodeMarks } from "../../record/marks-codec.js";
import { parseSize } from "../../util/bytes.js";
import type { Marks } from "../../world/marks.js";
import type { DriverPorts } from "../driver-ports.js";
import { marksIn, numberOf, objectOf, textOf, textOrNull } from "../inputs.js";
import type { DriverContext, DriverStep, KindDriver } from "../kind.js";
import { proveOurs } from "../ownership.js";
import { removeInstance } from "../remove-instance.js";
import { adoptInstance, forgetInstance } from "../rewrite-marks.js";
import type { ImageEntry } from "./entry.js";
import { cloneOrigin } from "./origin.js";
import { SEAL } from "./resume.js";
import { buildOf, noteOf, runBuildStep } from "./run-step.js";
import { endLeftovers } from "./scope.js";
import { seal } from "./seal.js";
import { renderTemplate, type TemplateInput } from "./template.js";

type Verb = (ports: DriverPorts, step: DriverStep, context: DriverContext) => Promise<void>;

const VERBS: Readonly<Record<string, Verb>> = {
  create,
  start,
  seal,
  protect,
  delete: remove,
  adopt: adoptInstance,
  forget: forgetInstance,
};

/** Effects of images: create or clone, boot, code, hook, seal. */
export function createImageDriver(ports: DriverPorts): KindDriver {
  return {
    kind: "image",
    async run(step, context) {
      const build = buildOf(step);
      if (build !== null) return runBuildStep(ports, step, build, context);
      const verb = VERBS[step.verb];
      if (verb === undefined) throw new Error(`image has no verb ${step.verb}`);
      await verb(ports, step, context);
    },
  };
}

async function create(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const marks = marksIn(step);
  const options = { signal, timeoutMs: step.timeoutMs };
  const source = textOrNull(step.inputs, "source");
  let origin = textOrNull(step.inputs, "origin") ?? "";
  if (source === null) {
    report("creating from the base image");
    await ports.writer.create(step.instance, renderTemplate(templateInput(step, marks)), options);
  } else {
    const owner = { project: marks.project, owner: marks.owner };
    const { facts } = await proveOurs(ports.reader, source, owner, signal);
    origin = cloneOrigin(facts) ?? "";
    report(`cloning ${source}`);
    await ports.writer.clone(source, step.instance, { marks }, options);
  }
  const { project, owner } = marks;
  await proveOurs(ports.reader, step.instance, { project, owner, address: step.address }, signal);
  await ports.files.writeBuild(step.instance, { ...(await noteOf(ports, step.instance)), origin });
}

function templateInput({ inputs }: DriverStep, marks: Marks): TemplateInput {
  const template = objectOf(inputs, "template");
  return {
    params: encodeMarks(marks),
    entry: objectOf(template, "entry") as unknown as ImageEntry,
    vmType: textOf(template, "vmType") === "vz" ? "vz" : "qemu",
    cpus: numberOf(template, "cpus"),
    memoryBytes: numberOf(template, "memoryBytes"),
    diskBytes: parseSize(textOf(template, "disk")),
    user: textOf(template, "user"),
  };
}

/**
 * Boots it, or picks up a boot that was cut off. Of a build that goes on, what was left half dead is brought to rest, its
 * disk is grown where the spec wants more, and what the cut-off step left running is ended.
 */
async function start(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { signal, report } = context;
  const options = { signal, timeoutMs: step.timeoutMs, report };
  const { instance } = step;
  const { facts } = await proveOurs(ports.reader, instance, { address: step.address }, signal);
  const from = textOrNull(step.inputs, "resume");
  let isRunning = facts.status === "running";
  if (facts.status === "broken") isRunning = (await ports.writer.repair(instance, options)) === "running";
  if (from !== null) {
    const diskBytes = step.inputs.diskBytes === null ? {} : { diskBytes: numberOf(step.inputs, "diskBytes") };
    const note = await noteOf(ports, instance);
    // A seal that was cut off may have taken the host key away: it makes another one at its next boot.
    const hasLostKey = from === SEAL && note.begun?.name === SEAL;
    if (isRunning && (hasLostKey || "diskBytes" in diskBytes)) {
      report("stopping");
      await ports.writer.stop(instance, { ...options, force: false });
      isRunning = false;
    }
    if (hasLostKey) {
      await ports.files.clear(instance);
      await ports.disks.endSeal(instance, options);
    }
    if ("diskBytes" in diskBytes) await ports.writer.edit(instance, diskBytes, options);
    await ports.files.writeBuild(instance, {
      ...note,
      resumed: [...note.resumed, { at: ports.clock.now(), step: from }],
    });
  }
  if (!isRunning) await ports.writer.start(instance, options);
  await ports.guest.waitReady(instance, options);
  if (from !== null && isRunning) await endLeftovers(ports.guest, instance, signal);
}

/** What is known of an image goes with it. */
async function remove(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  await removeInstance(ports, step, context);
  await ports.images.remove(step.instance);
}

async function protect(ports: DriverPorts, step: DriverStep, { signal }: DriverContext): Promise<void> {
  const { instance, address, timeoutMs } = step;
  const { facts } = await proveOurs(ports.reader, instance, { address }, signal);
  if (!facts.isProtected) await ports.writer.setProtected(instance, true, { signal, timeoutMs });
}
