import type { DriverPorts } from "../driver-ports.js";
import { numberOf, textOf, textOrNull, textsOf } from "../inputs.js";
import type { KindDriver } from "../kind.js";
import { proveOurs } from "../ownership.js";
import { carryRules } from "./carry.js";

/** Pushes the pinned commit and the carried files, then notes them beside the instance. */
export function createBindingDriver(ports: DriverPorts): KindDriver {
  return {
    kind: "binding",
    async run({ instance, inputs, timeoutMs }, { signal, report }) {
      const ownership = { project: textOf(inputs, "project"), owner: textOf(inputs, "owner") };
      await proveOurs(ports.reader, instance, ownership, signal);
      const commit = textOf(inputs, "commit");
      const carriedDigest = textOf(inputs, "carriedDigest");
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
              : { digest: carriedDigest, rules: carryRules(textsOf(inputs, "ownFiles")) },
        },
        { signal, timeoutMs, report },
      );
      const guestPath = textOf(inputs, "guestPath");
      await ports.files.writePush(instance, { commit, carriedDigest, base, at: ports.clock.now(), guestPath });
    },
  };
}
