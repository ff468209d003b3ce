import type { Json } from "../../util/json.js";
import type { SpecKey } from "../kind.js";
import { agents, runAgent } from "./agent-keys.js";
import { checkImage, IMAGE_NAMES } from "./image-value.js";
import { mirrorKeys, script, toolKeys, toolsApt, toolsCustom, vmCaCerts } from "./tool-keys.js";

export type { ImageTable } from "./image-value.js";
export { IMAGE_NAMES };

/* The keys of the spec that belong to images. Source: docs/spec-reference.md (generated from here). */

const imageTable = {
  type: "object",
  required: ["location"],
  additionalProperties: false,
  properties: {
    location: { type: "string", minLength: 1, description: "Path or URL of the disk image." },
    arch: { type: "string", enum: ["x86_64", "aarch64"], description: "Architecture; absent = the worker's." },
    digest: {
      type: "string",
      pattern: "^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$",
      expected: 'a digest such as "sha256:" and 64 hex digits',
      description: "Digest of the file behind a URL.",
    },
    kernel: { type: "string", minLength: 1, description: "Path or URL of a kernel to boot directly." },
    initrd: { type: "string", minLength: 1, description: "Path or URL of its initial RAM disk." },
    cmdline: { type: "string", minLength: 1, description: "Kernel command line." },
  },
} as const;

export const vmImage: SpecKey<Json> = {
  key: "vm.image",
  schema: {
    anyOf: [
      { type: "string", minLength: 1, expected: "a name, path or URL" },
      { ...imageTable, expected: "a table with location" },
      { type: "array", minItems: 1, items: imageTable, expected: "a list of tables, each with location" },
    ],
  },
  fallback: "debian-13",
  description: `Base image: a name (${IMAGE_NAMES.join(", ")}), a path, a URL, or a table (a list of tables for several architectures).`,
  layer: "spec",
  check: checkImage,
};

export const vmType: SpecKey<"auto" | "qemu" | "vz"> = {
  key: "vm.type",
  schema: { type: "string", enum: ["auto", "qemu", "vz"] },
  fallback: "auto",
  description: "Kind of virtual machine; auto = what Lima would choose on this host.",
  layer: "spec",
};

export const vmArch: SpecKey<"auto" | "x86_64" | "aarch64"> = {
  key: "vm.arch",
  schema: { type: "string", enum: ["auto", "x86_64", "aarch64"] },
  fallback: "auto",
  description: "Architecture of the guests; auto = the host's.",
  layer: "spec",
};

export const vmUser: SpecKey<string> = {
  key: "vm.user",
  schema: {
    type: "string",
    pattern: "^(?!root$)[a-z_][a-z0-9_-]{0,31}$",
    expected: "a user name (lower-case letters, digits, - and _, at most 32 characters) other than root",
  },
  fallback: "agent",
  description: "Login in the guest, with passwordless sudo.",
  layer: "spec",
};

export const vmStartTimeout: SpecKey<string> = {
  key: "vm.start_timeout",
  schema: { type: "string", format: "duration" },
  fallback: "10m",
  description: "How long a boot may take until the instance is ready.",
  layer: "any",
};

export const imageInputs: SpecKey<readonly string[] | null> = {
  key: "image.inputs",
  schema: { type: "array", items: { type: "string", minLength: 1 } },
  description:
    "Patterns (gitignore style) of tracked files that make a new golden image. Default: lock files, and a manifest where its folder has no lock file.",
  layer: "spec",
};

export const imageKeep: SpecKey<number> = {
  key: "image.keep",
  schema: { type: "integer", minimum: 0, maximum: 10 },
  fallback: 1,
  description: "How many older golden images stay.",
  layer: "any",
};

export const imageStepTimeout: SpecKey<string | null> = {
  key: "image.step_timeout",
  schema: { type: "string", format: "duration" },
  description: "How long one step of an image's build may take. Default: 2h for a hook, by its kind for every other.",
  layer: "any",
};

export const imageAllowSecrets: SpecKey<readonly string[] | null> = {
  key: "image.allow_secrets",
  schema: {
    type: "array",
    items: {
      type: "string",
      pattern: "^[/*][^\\n\\t]*$",
      expected: "a path in the guest from its root; * stands for anything",
    },
  },
  description:
    "Paths in the guest (* stands for anything, / too) where what looks like a secret does not stop the build of an image.",
  layer: "spec",
};

export const postProvision: SpecKey<string | null> = {
  key: "hooks.post_provision",
  schema: script,
  description: "Script in the guest after the tools, in the image without code.",
  layer: "spec",
};

export const postSync: SpecKey<string | null> = {
  key: "hooks.post_sync",
  schema: script,
  description: "Script in the guest after the code, in the golden image.",
  layer: "spec",
};

export const imageKeys: readonly SpecKey[] = [
  vmImage,
  vmType,
  vmArch,
  vmUser,
  vmStartTimeout,
  vmCaCerts,
  ...toolKeys,
  toolsApt,
  toolsCustom,
  ...mirrorKeys,
  agents,
  runAgent,
  imageInputs,
  imageKeep,
  imageStepTimeout,
  imageAllowSecrets,
  postProvision,
  postSync,
];
