import { LimaError } from "../errors/errors.js";
import { type Marks, NOBODY } from "../world/marks.js";
import type { DriverPorts } from "./driver-ports.js";
import { numberOf, objectOf, textOf, textOrNull } from "./inputs.js";
import type { DriverContext, DriverStep, InstanceFacts } from "./kind.js";
import { marksOf } from "./marks-of.js";
import { notOurs, proveOurs } from "./ownership.js";

/**
 * Makes an instance ours: notes first, marks last, because the marks are what makes it count. Cut off in between it is
 * still what it was, and the same step does it again. Ours already = done.
 *
 * Errors: LIMA_NOT_OURS when its marks are not those of the plan; LIMA_WRONG_STATUS when it runs.
 */
export async function adoptInstance(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { instance, inputs, timeoutMs } = step;
  const options = { signal: context.signal, timeoutMs };
  const [from, to] = [identityIn(step, "from"), identityIn(step, "to")];
  const facts = await present(ports, instance, context.signal);
  const marks = marksOf(facts);
  if (marks === null) throw notOurs(instance, "it has no readable marks of limaform");
  if (differs(marks, to) !== null) {
    const key = differs(marks, from);
    if (key !== null) throw notOurs(instance, `its ${key} is ${marks[key]}, not ${from[key]} as planned`);
    refuseRunning(facts);
    context.report("writing its marks");
    const readyAt = textOrNull(inputs, "readyAt");
    if (readyAt !== null) await ports.files.writeReady(instance, readyAt);
    if (inputs.protect === true && !facts.isProtected) await ports.writer.setProtected(instance, true, options);
    await ports.writer.edit(instance, { marks: to }, options);
  }
  await proveOurs(ports.reader, instance, { ...to, address: step.address }, context.signal);
}

/**
 * Takes our name off an instance: its owner becomes nobody. Everything else stays, also what says what it was.
 *
 * Errors: LIMA_NOT_OURS, LIMA_NOT_FOUND_INSTANCE, LIMA_WRONG_STATUS.
 */
export async function forgetInstance(ports: DriverPorts, step: DriverStep, context: DriverContext): Promise<void> {
  const { instance, inputs, address, timeoutMs } = step;
  const ownership = { project: textOf(inputs, "project"), owner: textOf(inputs, "owner"), address };
  const found = await present(ports, instance, context.signal);
  if (marksOf(found)?.owner === NOBODY) return;
  const { facts } = await proveOurs(ports.reader, instance, ownership, context.signal);
  refuseRunning(facts);
  context.report("taking its marks off");
  await ports.writer.edit(instance, { marks: { owner: NOBODY } }, { signal: context.signal, timeoutMs });
  await proveOurs(ports.reader, instance, { ...ownership, owner: NOBODY }, context.signal);
}

type Identity = Pick<Marks, "project" | "owner" | "address" | "name" | "slot">;

function identityIn(step: DriverStep, name: "from" | "to"): Identity {
  const inputs = objectOf(step.inputs, name);
  const text = (key: string) => textOf(inputs, key);
  return {
    project: text("project"),
    owner: text("owner"),
    address: text("address"),
    name: text("name"),
    slot: numberOf(inputs, "slot"),
  };
}

function differs(marks: Marks, identity: Identity): keyof Identity | null {
  const keys = Object.keys(identity) as (keyof Identity)[];
  return keys.find((key) => marks[key] !== identity[key]) ?? null;
}

async function present(ports: DriverPorts, name: string, signal: AbortSignal): Promise<InstanceFacts> {
  const facts = await ports.reader.inspect(name, signal);
  if (facts !== null) return facts;
  throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `the instance ${name} is not there any more`, {
    hint: "plan again: limaform plan",
  });
}

function refuseRunning({ name, status }: InstanceFacts): void {
  if (status === "stopped") return;
  throw new LimaError("LIMA_WRONG_STATUS", `the marks of ${name} cannot be written: it is ${status}, not stopped`, {
    hint: `limactl stop ${name}`,
  });
}
