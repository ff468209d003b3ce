import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import type { InstanceReader, InstanceWriter } from "../../ports/instances.js";
import type { InstanceFacts } from "../../world/world.js";
import { unboxBootFiles } from "./boot-files.js";
import { cleanUpClone, deleteInstance } from "./delete.js";
import { orIfAbsent } from "./fs-errors.js";
import type { Limactl } from "./limactl.js";
import { assertInstanceName } from "./names.js";
import { editFlags } from "./params.js";
import { repairInstance } from "./repair.js";
import { startInstance } from "./start.js";
import { stopInstance } from "./stop.js";

/** Limits are never shorter than this: a call that is killed leaves more to mend than one that waits. */
const LIMITS_MS = { create: 60_000, clone: 120_000, light: 60_000 } as const;

export interface WriterContext {
  readonly home: string;
  readonly limactl: Limactl;
  readonly reader: Pick<InstanceReader, "inspect">;
  /** How long a half-dead instance is given to become whole by itself. Only tests set it. */
  readonly graceMs?: number | undefined;
}

/** Changes instances through limactl. Errors: the classifier's codes. */
export function createWriter(context: WriterContext): InstanceWriter {
  const { home, limactl, reader } = context;
  return {
    async create(name, template, { signal, timeoutMs }) {
      assertInstanceName(name);
      await limactl.call({
        action: `create ${name}`,
        instance: name,
        args: ["create", "--name", name, "-"],
        stdin: template,
        kind: "download",
        timeoutMs: Math.max(timeoutMs, LIMITS_MS.create),
        signal,
      });
    },

    async clone(source, name, edit, options) {
      assertInstanceName(name);
      const from = await stopped(reader, source, "clone", options.signal);
      if ((await orIfAbsent(lstat(join(home, name)), null)) !== null) throw exists(name);
      const timeoutMs = Math.max(options.timeoutMs, LIMITS_MS.clone);
      try {
        await limactl.call({
          action: `clone ${from.name} to ${name}`,
          instance: name,
          args: ["clone", source, name, ...editFlags(edit)],
          kind: "change",
          timeoutMs,
          signal: options.signal,
        });
        await unboxBootFiles(join(home, name));
      } catch (error) {
        await cleanUpClone({ home, limactl, name, error, signal: options.signal });
        throw error;
      }
    },

    async edit(name, edit, { signal, timeoutMs }) {
      const flags = editFlags(edit);
      await stopped(reader, name, "edit", signal);
      if (flags.length === 0) return;
      await limactl.call({
        action: `edit ${name}`,
        instance: name,
        args: ["edit", ...flags, name],
        kind: "change",
        timeoutMs: Math.max(timeoutMs, LIMITS_MS.light),
        signal,
      });
    },

    start: (name, options) => startInstance(context, name, options),
    repair: (name, options) => repairInstance(context, name, options),
    stop: (name, options) => stopInstance(context, name, options),
    delete: (name, options) => deleteInstance(context, name, options),

    async setProtected(name, isProtected, { signal, timeoutMs }) {
      assertInstanceName(name);
      const verb = isProtected ? "protect" : "unprotect";
      await limactl.call({
        action: `${verb} ${name}`,
        instance: name,
        args: [verb, name],
        kind: "change",
        timeoutMs: Math.max(timeoutMs, LIMITS_MS.light),
        signal,
      });
    },
  };
}

/** Lima itself copies and edits an instance that is just starting: its disk or settings would be torn. */
async function stopped(
  reader: Pick<InstanceReader, "inspect">,
  name: string,
  verb: string,
  signal: AbortSignal,
): Promise<InstanceFacts> {
  const facts = await reader.inspect(name, signal);
  if (facts === null) {
    throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `cannot ${verb} ${name}: there is no such instance`, {
      hint: "limactl list",
    });
  }
  if (facts.status === "stopped") return facts;
  const because = facts.errors.length === 0 ? "" : ` (${facts.errors.join("; ")})`;
  throw new LimaError("LIMA_WRONG_STATUS", `cannot ${verb} ${name}: it is ${facts.status}, not stopped${because}`, {
    hint: `limactl stop ${name}`,
    details: { status: facts.status, dir: facts.dir },
  });
}

function exists(name: string): LimaError {
  return new LimaError("LIMA_EXISTS", `cannot clone to ${name}: an instance of that name exists already`, {
    hint: `limactl list ${name}`,
  });
}
