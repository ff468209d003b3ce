import { digestOf } from "../../util/digest.js";
import type { Json, JsonObject } from "../../util/json.js";
import { hasSlot, isAddressOf, makeAddress, parseAddress } from "../address.js";
import {
  type Address,
  type CompileContext,
  type DesiredNode,
  type KindRules,
  type ResolvedSpec,
  specValue,
} from "../kind.js";
import { goldenSteps, toolsSteps } from "./chain.js";
import { collect } from "./collect.js";
import { decide } from "./decide.js";
import { imageDrift } from "./drift.js";
import { architectureOf, imageFiles, resolveEntry } from "./entry.js";
import { baseOf, inputDigests } from "./record-inputs.js";
import { goldenParts, goldenRevision, toolsBase, toolsParts, toolsRevision } from "./revision.js";
import { imageAllowSecrets, imageKeys, vmStartTimeout, vmType, vmUser } from "./spec.js";

export const TOOLS = makeAddress("image", "tools");
export const GOLDEN = makeAddress("image", "golden");

/** One kind, two addresses: `image.tools` (OS and tools) and `image.golden` (code and `post_sync`), cloned from it. */
export const imageRules: KindRules = {
  kind: "image",
  summary: "an instance that is built, sealed, stopped and cloned, never worked in",
  keys: imageKeys,
  files: imageFiles,
  compile,
  addressOf: ({ role, address }) =>
    role === "image" && isAddressOf("image", address) && !hasSlot(address) ? address : null,
  addressOfName: (project, name) => {
    const match = new RegExp(`^${project}-(tools|golden)-[0-9a-f]{8}(-b[0-9]+)?$`).exec(name);
    return match === null ? null : makeAddress("image", String(match[1]));
  },
  decide,
  collect,
  drift: imageDrift,
};

function compile(context: CompileContext): readonly DesiredNode[] {
  const { spec, project, host, sources } = context;
  const arch = architectureOf(spec, host);
  const entry = resolveEntry(spec, arch, sources);
  // An architecture without an image is reported by decide(): the graph stays whole.
  const steps = toolsSteps(spec, arch, sources);
  const tools = entry === null ? null : toolsRevision(spec, host, entry, steps);
  const golden = tools === null ? null : goldenRevision(spec, sources, tools);
  const type = specValue(spec, vmType);
  const common = {
    user: specValue(spec, vmUser),
    startTimeout: specValue(spec, vmStartTimeout),
    allowed: [...(specValue(spec, imageAllowSecrets) ?? [])],
  };
  const node = (address: Address, dependsOn: readonly Address[], revision: string | null, attributes: object) => ({
    address,
    kind: "image",
    dependsOn,
    revision,
    attributes: {
      baseName: `${project}-${parseAddress(address)?.name}-${(revision ?? "").slice(0, 8)}`,
      ...attributes,
    },
  });
  return [
    node(TOOLS, [], tools, {
      ...common,
      entry,
      arch,
      vmType: type === "auto" ? host.vmType : type,
      origin: entry === null ? null : digestOf(toolsBase(spec, host, entry)),
      steps: steps as unknown as Json,
      record:
        entry === null ? null : { base: baseOf(entry), inputs: inputDigests(toolsInputs(spec, host, entry, steps)) },
    }),
    node(GOLDEN, [TOOLS], golden, {
      ...common,
      steps: goldenSteps(spec, sources) as unknown as Json,
      record: tools === null ? null : { base: null, inputs: inputDigests(goldenParts(spec, sources, tools)) },
      repository: guestFolder(spec),
    }),
  ];
}

/** Each tool's and agent's step by its name. */
function toolsInputs(...[spec, host, entry, steps]: Parameters<typeof toolsParts>): JsonObject {
  const { steps: keys = [], ...parts } = toolsParts(spec, host, entry, steps);
  return { ...parts, ...Object.fromEntries(keys.map(([name = "", key = ""]) => [`step ${name}`, key])) };
}

/** Where the code lies in the guest, from its root. */
function guestFolder(spec: ResolvedSpec): string | null {
  const path = spec.values["repo.path"];
  if (typeof path !== "string") return null;
  return path.replace(/^~(?=\/|$)/, `/home/${specValue(spec, vmUser)}`).replace(/\/+$/, "");
}
