import { BACKENDS } from "../../backends/registry.js";
import type { Json, JsonObject } from "../../util/json.js";
import { nearest } from "../../util/nearest.js";
import type { SpecFinding, SpecKey } from "../kind.js";
import { parseRequest, partsOf } from "./recipes/version.js";
import { script, toolName, versionWords } from "./tool-keys.js";

/** `agents.NAME` of an agent that limaform knows. */
export type KnownAgent = { readonly version?: string };
/** `agents.NAME` of any other program. */
export type CommandAgent = { readonly command: readonly string[]; readonly install?: string; readonly check?: string };

export const VERSION_WORDS = ["latest"];

export const agents: SpecKey<Readonly<Record<string, KnownAgent | CommandAgent>>> = {
  key: "agents",
  schema: {
    type: "object",
    propertyNames: toolName,
    properties: Object.fromEntries(
      BACKENDS.map(({ name, title }) => [
        name,
        {
          type: "object",
          additionalProperties: false,
          properties: {
            version: { type: "string", minLength: 1, description: "Default: the newest at build time." },
          },
          description: title,
        },
      ]),
    ),
    additionalProperties: {
      type: "object",
      required: ["command"],
      additionalProperties: false,
      properties: {
        command: {
          type: "array",
          minItems: 1,
          items: { type: "string", minLength: 1 },
          expected: "its program and arguments, as a list of strings",
          description: "Its program and arguments.",
        },
        install: { ...script, description: "Script that installs it, as the guest's user, who may use sudo." },
        check: { ...script, description: "Script that must succeed; what it prints tells the version." },
      },
    },
    expected: "a table of tables",
  },
  fallback: {},
  description: `Coding agents in the image: ${BACKENDS.map(({ name }) => `\`${name}\``).join(", ")} with \`version\`, or any other by \`command\`, \`install\`, \`check\`.`,
  layer: "spec",
  check: (value, values) =>
    Object.entries(value).flatMap(([name, agent]) => checkAgent(name, agent, values["tools.node"] ?? null)),
};

export const runAgent: SpecKey<string | null> = {
  key: "run.agent",
  schema: { type: "string", minLength: 1 },
  description: "Agent of a run that names none. Default: the first of agents.",
  layer: "any",
  check: (name, { agents: own }) => (name === null ? [] : checkRunAgent(name, Object.keys((own ?? {}) as JsonObject))),
};

/** One that limaform knows and the spec does not list may be in the image by a hook. */
function checkRunAgent(name: string, own: readonly string[]): readonly SpecFinding[] {
  const known = [...new Set([...own, ...BACKENDS.map((backend) => backend.name)])];
  if (known.includes(name)) return [];
  const guess = nearest(name, known);
  const hint =
    guess === null ? `known: ${known.join(", ")}; any other needs agents.${name}.command` : `did you mean "${guess}"?`;
  return [
    {
      severity: "error",
      code: "SPEC_INVALID_VALUE",
      text: `run.agent: there is no agent ${JSON.stringify(name)}`,
      hint,
    },
  ];
}

function checkAgent(name: string, agent: KnownAgent | CommandAgent, node: Json): readonly SpecFinding[] {
  const backend = BACKENDS.find((each) => each.name === name);
  if (backend === undefined || "command" in agent) return [];
  const findings: SpecFinding[] = [];
  if (agent.version !== undefined && parseRequest(agent.version, VERSION_WORDS) === null) {
    findings.push({
      severity: "error",
      code: "SPEC_INVALID_VALUE",
      path: [name, "version"],
      text: `agents.${name}.version: expected ${versionWords(VERSION_WORDS)}, found the string ${JSON.stringify(agent.version)}`,
      hint: "take it out for the newest",
    });
  }
  const needed = backend.install?.needsNode ?? null;
  if (needed !== null && !isNodeEnough(node, needed)) {
    findings.push({
      severity: "error",
      path: [name],
      text: `agents.${name} is run by Node ${needed} or newer, and ${node === null ? "tools.node is not set" : `tools.node is ${JSON.stringify(node)}`}`,
      hint: 'write tools.node = "24", or "system" where the distribution\'s is new enough',
    });
  }
  return findings;
}

/** A word is taken for new enough: its release is known only at the build, and the agent's check looks at it there. */
function isNodeEnough(node: Json, needed: number): boolean {
  if (typeof node !== "string") return false;
  const major = partsOf(node)?.[0];
  return major === undefined || major >= needed;
}
