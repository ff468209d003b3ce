import type { DriverPorts } from "../../../../src/resources/driver-ports.js";
import { marksIn, textOf } from "../../../../src/resources/inputs.js";
import type { KindDriver } from "../../../../src/resources/kind.js";
import { proveOurs } from "../../../../src/resources/ownership.js";
import { removeInstance } from "../../../../src/resources/remove-instance.js";

/** Ownership is proved in the same step that acts; what was made is observed again. */
export function createSpareDriver(ports: DriverPorts): KindDriver {
  return {
    kind: "spare",
    async run(step, context) {
      if (step.verb === "delete") return removeInstance(ports, step, context);
      const { signal } = context;
      const marks = marksIn(step);
      const whose = { project: marks.project, owner: marks.owner };
      await proveOurs(ports.reader, textOf(step.inputs, "source"), whose, signal);
      context.report(`cloning ${marks.image}`);
      await ports.writer.clone(marks.image, step.instance, { marks }, { signal, timeoutMs: step.timeoutMs });
      await proveOurs(ports.reader, step.instance, { ...whose, address: step.address }, signal);
    },
  };
}
