import type { SpecKey } from "../../src/resources/kind.js";
import { REGISTRY } from "../../src/resources/registry.js";
import { commonKeys } from "../../src/spec/common-keys.js";

/** Every key of the spec. */
export const allKeys: readonly SpecKey[] = [...commonKeys, ...REGISTRY.flatMap(({ rules }) => rules.keys)];
