import type { SpecKey, SpecLayer } from "../resources/kind.js";
import type { Json } from "../util/json.js";

/*
 * Keys of the contract that this version does not have: using one is an error that says so. Their defaults stand all the
 * same, because what they describe (which files are never work, that the network is open) is true today.
 */

const strings = { type: "array", items: { type: "string", minLength: 1 } } as const;
const table = { type: "object" } as const;
const tables = { type: "array", items: table } as const;

function notYet<T extends Json>(
  key: string,
  description: string,
  rest: Omit<SpecKey<T>, "key" | "description" | "notYet">,
) {
  return { key, description, ...rest, notYet: true } satisfies SpecKey<T>;
}

const later = (key: string, description: string, schema: object = table, layer: SpecLayer = "spec") =>
  notYet<Json>(key, description, { schema, layer });

export const networkEgress = notYet<"open" | "closed">("network.egress", "What workers may reach.", {
  schema: { type: "string", enum: ["open", "closed"] },
  fallback: "open",
  layer: "any",
});

export const networkAllow = notYet<readonly string[]>("network.allow", "Hosts that workers may reach while closed.", {
  schema: strings,
  fallback: [],
  layer: "any",
});

export const notYetKeys: readonly SpecKey[] = [
  networkEgress,
  networkAllow,
  later("pools", "Reserved: several pools of workers.", tables),
  later("snapshot", "Reserved: snapshots of workers."),
  later("disks", "Reserved: extra disks.", tables),
  later("gpu", "Reserved: graphics processors."),
  later("hosts", "Reserved: several VM hosts.", tables),
  later("notify", "Reserved: notifications."),
];
