import { carryChoiceIn, carryRules } from "../carry-rules.js";
import type { DriverPorts } from "../driver-ports.js";
import { numberOf, textOf, textOrNull } from "../inputs.js";
import type { DriverContext, DriverStep, KindDriver } from "../kind.js";
import { proveOurs } from "../ownership.js";

/** Pushes the pinned commit and the carried files, then notes them beside the instance. */
export function createBindingDriver(ports: DriverPorts): KindDriver {
  return {
    kind: "binding",
    async run({ instance, inputs, timeoutMs }, { signal, report }) {
      const ownership = { project: textOf(inputs, "project"), owner: textOf(inputs, "owner") };
      await proveOurs(ports.reader, instance, ownership, signal);
      const commit = textOf(inputs, "commit");
      const carriedDigest = textOf(inputs, "carriedDigest");
      if (inputs.mode === "files") return pushFiles(ports, { instance, inputs, timeoutMs }, { signal, report });
      const { base } = await ports.code.push(
        {
          instance,
          guestPath: textOf(inputs, "guestPath"),
          root: textOf(inputs, "root"),
          overwrite: inputs.isFresh === true,
          commit,
          branch: textOrNull(inputs, "branch"),
          carried:
            numberOf(inputs, "carriedCount") === 0
              ? null
              : { digest: carriedDigest, rules: carryRules(carryChoiceIn(inputs)) },
        },
        { signal, timeoutMs, report },
      );
      const guestPath = textOf(inputs, "guestPath");
      await ports.files.writePush(instance, { commit, carriedDigest, base, at: ports.clock.now(), guestPath });
    },
  };
}

/** The files as they lie there. What the host no longer has goes too, unless it is much: then `limaform sync --delete`. */
async function pushFiles(
  ports: DriverPorts,
  { instance, inputs, timeoutMs }: Pick<DriverStep, "instance" | "inputs" | "timeoutMs">,
  { signal, report }: Pick<DriverContext, "signal" | "report">,
): Promise<void> {
  const isFresh = inputs.isFresh === true;
  const carriedDigest = textOf(inputs, "carriedDigest");
  const guestPath = textOf(inputs, "guestPath");
  const request = {
    ...{ instance, guestPath, root: textOf(inputs, "root"), overwrite: isFresh, digest: carriedDigest, paths: [] },
    ...{ rules: carryRules(carryChoiceIn(inputs)), dryRun: false, checksum: false, compress: false },
    deletes: isFresh ? ("all" as const) : ("guarded" as const),
  };
  const { base } = await ports.code.pushFolder(request, { signal, timeoutMs, report });
  await ports.files.writePush(instance, { commit: "", carriedDigest, base, at: ports.clock.now(), guestPath });
}
