import { BACKENDS } from "../backends/registry.js";
import type { RunStartRequest } from "../ports/runs.js";
import type { Secret } from "../ports/secrets.js";
import { parseDuration } from "../util/duration.js";
import type { JsonObject } from "../util/json.js";
import type { RunRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import { type HostCode, hasCode, readHostCode } from "./host-code.js";
import { agentOf, programOf, type RunProgram } from "./run-agent.js";
import { checkSecretSources, secretSources } from "./secret-sources.js";
import type { AppSession } from "./session.js";
import { requireTrust } from "./trust.js";

/** What is the same for all parts of a run. */
export interface RunPlan {
  readonly common: Pick<RunStartRequest, "hooks" | "secrets" | "stateFolders" | "stuckAfterMs"> & {
    readonly timeoutMs: number;
  };
  /** Public variables of the spec; they win over an agent's own. */
  readonly env: Readonly<Record<string, string>>;
  /** What workers without work of their own get first; null: they keep what they have. */
  readonly code: HostCode | null;
  programOf(request: Pick<RunRequest, "agent" | "prompt" | "argv">): RunProgram;
}

const SECRETS_LIMIT_MS = 2 * 60_000;
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** Programs that bring their own roots are told where the worker's are; each of the agents knows another name. */
export const CA_VARIABLES = {
  NODE_EXTRA_CA_CERTS: BUNDLE,
  SSL_CERT_FILE: BUNDLE,
  CODEX_CA_CERTIFICATE: BUNDLE,
} as const;

/**
 * Reads what the run needs on this host, before any worker is touched: program, hooks, secrets. `code`: what workers get first.
 *
 * Errors: RUN_NO_AGENT, RUN_PROMPT_INVALID, TRUST_REQUIRED, RUN_SECRET_….
 */
export async function prepareRun(
  session: AppSession,
  fleet: Fleet,
  request: RunRequest,
  code: HostCode | null,
): Promise<RunPlan> {
  const { values } = fleet.loaded.spec;
  const agent = agentOf(request.agent, values);
  // What cannot be started is refused here, not on each worker.
  if (request.tasks === null) programOf(agent, request);
  const secrets = await readSecrets(session, fleet, agent.mayHave);
  const given = Object.entries((values.env ?? {}) as JsonObject).map(([key, value]) => [key, String(value)]);
  return {
    common: {
      hooks: { before: scriptOf(values["hooks.pre_run"]), after: scriptOf(values["hooks.check"]) },
      secrets,
      // Of all: a command may be an agent, too.
      stateFolders: BACKENDS.flatMap(({ stateFolders }) => stateFolders),
      timeoutMs: request.timeoutMs ?? parseDuration(String(values["run.timeout"] ?? "2h")),
      stuckAfterMs: parseDuration(String(values["run.stuck_after"] ?? "10m")),
    },
    env: { ...(values["vm.ca_certs"] ? CA_VARIABLES : {}), ...Object.fromEntries(given) },
    code,
    programOf: (part) => programOf(agent, part),
  };
}

/** The host's code as it is now; null where the run goes on with what workers have, or there is none. */
export async function codeToBring(
  session: AppSession,
  fleet: Fleet,
  request: Pick<RunRequest, "continue">,
): Promise<HostCode | null> {
  if (request.continue) return null;
  const host = await readHostCode(session, fleet);
  return hasCode(host) ? host : null;
}

const scriptOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

async function readSecrets(
  session: AppSession,
  fleet: Fleet,
  mayHave: (name: string) => boolean,
): Promise<readonly Secret[]> {
  const { spec } = fleet.loaded;
  const sources = secretSources(spec, fleet.home).filter(({ name }) => mayHave(name));
  if (sources.length === 0) return [];
  await requireTrust(session, fleet, spec, "secrets");
  await checkSecretSources(sources, fleet.home);
  return fleet.runSecrets.resolve(sources, { signal: session.interrupt.first, timeoutMs: SECRETS_LIMIT_MS });
}
