import type { Backend } from "../backends/backend.js";
import { BACKENDS, backendOf } from "../backends/registry.js";
import { RunError } from "../errors/errors.js";
import type { JsonObject } from "../util/json.js";
import { nearest } from "../util/nearest.js";
import type { AgentChoice, RunRequest } from "./app.js";

/** Who works: an agent that is known, one that only the spec knows by its command, or nobody but the command typed. */
export interface RunAgent {
  readonly backend: Backend | null;
  /** Command of the spec's own agent. */
  readonly command: readonly string[] | null;
  readonly choice: AgentChoice | null;
  /** Whether a secret of this name is its business: what is another agent's own key stays out. */
  readonly mayHave: (secret: string) => boolean;
}

/** What a part of a run starts in a worker. */
export interface RunProgram {
  /** Agent whose output can be read; null = a command. */
  readonly agent: string | null;
  readonly argv: readonly string[];
  /** Fixed variables of the agent; those of the spec win. */
  readonly env: Readonly<Record<string, string>>;
}

/** A process can be given no longer argument. Units: bytes. */
const LONGEST_PROMPT = 120 * 1024;

/** As named, else `run.agent`, else the first of `agents`. Errors: RUN_NO_AGENT. */
export function agentOf(choice: AgentChoice | null, values: JsonObject): RunAgent {
  if (choice === null) return { backend: null, command: null, choice, mayHave: () => true };
  const own = (values.agents ?? {}) as JsonObject;
  const name = choice.name ?? textOrNull(values["run.agent"]) ?? Object.keys(own)[0] ?? null;
  if (name === null) throw noAgent("the spec names no agent", "add one to limaform.toml, such as [agents.claude]");
  const command = commandOf(own[name]);
  if (command !== null) return { backend: null, command, choice, mayHave: () => true };
  const backend = backendOf(name);
  if (backend !== null) return { backend, command: null, choice, mayHave: (secret) => isFor(backend, secret) };
  const known = [...new Set([...Object.keys(own), ...BACKENDS.map((one) => one.name)])];
  const guess = nearest(name, known);
  throw noAgent(`there is no agent ${name}`, guess === null ? `known: ${known.join(", ")}` : `did you mean ${guess}?`);
}

/** Errors: RUN_PROMPT_INVALID. */
export function programOf(agent: RunAgent, { prompt, argv }: Pick<RunRequest, "prompt" | "argv">): RunProgram {
  const { backend, command, choice } = agent;
  if (choice === null) return { agent: null, argv, env: {} };
  checkPrompt(prompt);
  if (backend === null) return { agent: null, argv: withPrompt(command ?? [], prompt), env: {} };
  const { conversation, isYolo, model } = choice;
  const start = backend.start({ prompt, conversation, isYolo, model });
  return { agent: backend.name, argv: start.argv, env: { ...backend.env, ...start.env } };
}

function isFor(backend: Backend, secret: string): boolean {
  const isOthers = BACKENDS.some((other) => other !== backend && other.secretEnv.includes(secret));
  return backend.secretEnv.includes(secret) || !isOthers;
}

/** `{prompt}` in its words stands for the prompt; without it the prompt is the last word. */
function withPrompt(command: readonly string[], prompt: string): readonly string[] {
  const isNamed = command.some((word) => word.includes("{prompt}"));
  return isNamed ? command.map((word) => word.replaceAll("{prompt}", () => prompt)) : [...command, prompt];
}

function checkPrompt(prompt: string): void {
  const why =
    prompt.trim() === ""
      ? "is empty"
      : prompt.includes("\0")
        ? "holds a NUL character"
        : Buffer.byteLength(prompt) > LONGEST_PROMPT
          ? `is longer than ${LONGEST_PROMPT / 1024} KiB`
          : null;
  if (why === null) return;
  throw new RunError("RUN_PROMPT_INVALID", `the prompt ${why}`, {
    hint:
      why === "is empty"
        ? "say what is to be done: limaform run 'fix the failing tests' --yolo"
        : "put long instructions into a file of the repository and name it: limaform run 'Do what TASK.md says'",
  });
}

const noAgent = (text: string, hint: string): RunError => new RunError("RUN_NO_AGENT", text, { hint });
const textOrNull = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function commandOf(agent: unknown): readonly string[] | null {
  if (typeof agent !== "object" || agent === null || !("command" in agent)) return null;
  return Array.isArray(agent.command) && agent.command.length > 0 ? agent.command.map(String) : null;
}
