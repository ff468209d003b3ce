import { dirname, join } from "node:path";
import { readState } from "../adapters/doctor/state-folder.js";
import { LimaformError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { Json } from "../util/json.js";
import type { ProjectState } from "./doctor-project.js";
import type { LoadedSpec } from "./load-spec.js";
import type { AppSession } from "./session.js";
import { trustOf } from "./trust.js";

const GIT_LIMIT_MS = 2_500;

export interface ReadProject {
  readonly project: Omit<ProjectState, "leftovers">;
  readonly loaded: LoadedSpec | null;
}

/** What there is of a project here, as far as it can be read. `home`: real LIMA_HOME. */
export async function readProject(session: AppSession, home: string): Promise<ReadProject> {
  const found = await attempt(() => session.spec());
  const loaded = found.ok ? found.value : null;
  const folder = loaded === null ? session.options.cwd : dirname(loaded.spec.file);
  const [repository, untrusted, state] = await Promise.all([
    readRepository(session, folder),
    loaded === null ? null : readUntrusted(session),
    loaded === null ? null : readStateOf(session, join(home, "_limaform", String(loaded.spec.values.project))),
  ]);
  return { project: { spec: specOf(found, isNamed(session)), repository, untrusted, state }, loaded };
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: LimaformError };

/** An expected failure is an answer here; a bug stays one. */
async function attempt<T>(act: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await act() };
  } catch (error) {
    if (error instanceof LimaformError) return { ok: false, error };
    throw error;
  }
}

const isNamed = ({ options: { config, env } }: AppSession): boolean => (config ?? env.LIMAFORM_CONFIG ?? "") !== "";

/** `named`: a spec that was named is missed, where none is only not there yet. */
function specOf(found: Attempt<LoadedSpec>, named: boolean): ProjectState["spec"] {
  if (found.ok) return { kind: "valid", file: found.value.spec.file, warnings: found.value.warnings };
  const { code, message, hint, details } = found.error;
  if (code === "SPEC_NOT_FOUND" && !named) return { kind: "none" };
  const problem = toErrorDocument(found.error);
  if (!code.startsWith("SPEC_")) return { kind: "unknown", problem };
  const [first, ...rest] = diagnosticsOf(details);
  return { kind: "invalid", problem: { code, hint, message: first ?? message }, count: rest.length + 1 };
}

function diagnosticsOf(details: Json): readonly string[] {
  const list = details !== null && typeof details === "object" && "diagnostics" in details ? details.diagnostics : [];
  if (!Array.isArray(list)) return [];
  return list.map(({ file, line, column, message }) =>
    line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`,
  );
}

async function readRepository(session: AppSession, root: string): Promise<ProjectState["repository"]> {
  const { repository, interrupt } = session;
  const request = { root, imagePatterns: null, carry: null, signal: interrupt.first, timeoutMs: GIT_LIMIT_MS };
  const found = await attempt(() => repository.facts(request));
  if (!found.ok) return { kind: "unknown", problem: toErrorDocument(found.error) };
  const facts = found.value;
  return facts.kind === "git" ? { kind: "git", root: facts.root, notes: facts.notes } : { kind: "none" };
}

async function readUntrusted(session: AppSession): Promise<readonly string[] | null> {
  const found = await attempt(() => trustOf(session));
  // What keeps it from being asked has a check of its own.
  if (!found.ok || found.value.trusted) return null;
  return found.value.files.map(({ path, key, place }) => `${path} (${key}, ${place})`);
}

async function readStateOf(session: AppSession, path: string): Promise<ProjectState["state"]> {
  const found = await attempt(() => readState(path, session.clock));
  if (!found.ok) return { path, held: [], unfinished: [], notices: [], problem: toErrorDocument(found.error) };
  const { held, open, notices } = found.value;
  return { path, held, notices, problem: null, unfinished: open.map(({ verb, address }) => `${verb} ${address}`) };
}
