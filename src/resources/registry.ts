import { createBindingDriver } from "./binding/driver.js";
import { bindingRules } from "./binding/rules.js";
import type { DriverPorts } from "./driver-ports.js";
import { createImageDriver } from "./image/driver.js";
import { imageRules } from "./image/rules.js";
import type { KindDriver, KindRules } from "./kind.js";
import { createWorkerDriver } from "./worker/driver.js";
import { workerRules } from "./worker/rules.js";

export interface RegisteredKind {
  readonly rules: KindRules;
  readonly createDriver: (ports: DriverPorts) => KindDriver;
}

/** All kinds, each after those that its nodes depend on. A new kind is one folder and one line here. */
export const REGISTRY: readonly RegisteredKind[] = [
  { rules: imageRules, createDriver: createImageDriver },
  { rules: workerRules, createDriver: createWorkerDriver },
  { rules: bindingRules, createDriver: createBindingDriver },
];
