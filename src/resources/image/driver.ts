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
import { runHook } from "./hook.js";
import { resetIdentity } from "./identity.js";
import { renderTemplate, type TemplateInput } from "./template.js";

type Verb = (ports: DriverPorts, step: DriverStep, context: DriverContext) => Promise<void>;

const VERBS: Readonly<Record<string, Verb>> = {
  create,
  start,
  push,
  provision,
  seal,
  protect,
  delete: removeInstance,
  adopt: adoptInstance,
  forget: forgetInstance,
};

/** Effects of images: create or clone, boot, code, hook, seal. */
export function createImageDriver(ports: DriverPorts): KindDriver {
  return {
    kind: "image",
    async run(step, context) {
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
  if (source === null) {
    report("creating from the base image");
    await ports.writer.create(step.instance, renderTemplate(templateInput(step, marks)), options);
  } else {
    await proveOurs(ports.reader, source, { project: marks.project, owner: marks.owner }, signal);
    report(`cloning ${source}`);
    await ports.writer.clone(source, step.instance, { marks }, options);
  }
  await proveOurs(
    ports.reader,
    step.instance,
    { project: marks.project, owner: marks.owner, address: step.address },
    signal,
  );
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

async function start(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: step.timeoutMs, report };
  const { facts } = await proveOurs(ports.reader, step.instance, { address: step.address }, signal);
  if (facts.status !== "running") await ports.writer.start(step.instance, options);
  await ports.guest.waitReady(step.instance, options);
}

/** A clean checkout of the pinned commit: the image carries nobody's uncommitted files. */
async function push(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const { inputs, instance, timeoutMs } = step;
  await proveOurs(ports.reader, instance, { address: step.address }, signal);
  await ports.code.push(
    {
      instance,
      guestPath: textOf(inputs, "guestPath"),
      root: textOf(inputs, "root"),
      overwrite: true,
      commit: textOf(inputs, "commit"),
      branch: textOrNull(inputs, "branch"),
      carried: null,
    },
    { signal, timeoutMs, report },
  );
}

async function provision(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { inputs, instance, timeoutMs } = step;
  await proveOurs(ports.reader, instance, { address: step.address }, context.signal);
  const name = textOf(inputs, "name");
  const env = Object.fromEntries(Object.entries(objectOf(inputs, "env")).map(([key, value]) => [key, String(value)]));
  await runHook(
    ports.guest,
    { instance, name, script: textOf(inputs, "hook"), env, cwd: textOrNull(inputs, "cwd"), timeoutMs },
    context,
  );
}

/** Identity reset → stop → disk becomes base and overlay → protection → `sealed` mark. Last the mark: it makes it usable. */
async function seal(ports: DriverPorts, step: DriverStep, { signal, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: step.timeoutMs };
  const { instance, address } = step;
  await proveOurs(ports.reader, instance, { address }, signal);
  report("removing keys, logs and identity");
  await resetIdentity(ports.guest, instance, options);
  report("stopping");
  await ports.writer.stop(instance, { ...options, force: false });
  await ports.files.clear(instance);
  report("sealing its disk");
  await ports.disks.seal(instance, options);
  await ports.writer.setProtected(instance, true, options);
  await ports.writer.edit(instance, { marks: { sealed: ports.clock.now() } }, options);
}

async function protect(ports: DriverPorts, step: DriverStep, { signal }: DriverContext): Promise<void> {
  const { instance, address, timeoutMs } = step;
  const { facts } = await proveOurs(ports.reader, instance, { address }, signal);
  if (!facts.isProtected) await ports.writer.setProtected(instance, true, { signal, timeoutMs });
}
