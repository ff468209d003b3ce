import type { HeldLock } from "../ports/host.js";
import { quoteWord } from "../util/shell-quote.js";
import { fine, missing, skipped, warning } from "./doctor-check.js";
import type { DoctorCheck } from "./doctor-document.js";

/** A failure as it is told. */
export interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface ProjectState {
  readonly spec:
    | { readonly kind: "valid"; readonly file: string; readonly warnings: readonly string[] }
    | { readonly kind: "none" }
    | { readonly kind: "invalid"; readonly problem: Told; readonly count: number }
    | { readonly kind: "unknown"; readonly problem: Told };
  readonly repository:
    | { readonly kind: "git"; readonly root: string; readonly notes: readonly string[] }
    | { readonly kind: "none" }
    | { readonly kind: "unknown"; readonly problem: Told };
  /** null: nothing needs trust, or there is no spec. Paths that the spec names outside the repository. */
  readonly untrusted: readonly string[] | null;
  /** null without a spec. */
  readonly state: {
    readonly path: string;
    readonly held: readonly HeldLock[];
    /** Steps that were begun and not ended, in words. */
    readonly unfinished: readonly string[];
    readonly notices: readonly string[];
    readonly problem: Told | null;
  } | null;
  readonly leftovers: readonly string[];
}

export function checkProject(project: ProjectState): readonly DoctorCheck[] {
  return [
    checkSpec(project.spec),
    checkRepository(project.repository),
    ...checkTrust(project.untrusted),
    ...(project.state === null ? [] : [checkLock(project.state.held), checkState(project.state)]),
    ...checkLeftovers(project.leftovers),
  ];
}

function checkSpec(spec: ProjectState["spec"]): DoctorCheck {
  const told = { id: "spec", group: "project" } as const;
  switch (spec.kind) {
    case "valid":
      return spec.warnings.length === 0
        ? fine({ ...told, text: `${spec.file} is valid` })
        : warning({
            ...told,
            text: `${spec.file} is valid`,
            why: spec.warnings.join("; "),
            next: ["limaform validate"],
          });
    case "none":
      return warning({
        ...{ ...told, text: "there is no limaform.toml here" },
        ...{ why: "It says which machines there shall be.", next: ["limaform init"] },
      });
    case "invalid": {
      const more = spec.count > 1 ? ` (and ${spec.count - 1} more)` : "";
      const next = [spec.problem.code === "SPEC_INVALID" ? "limaform validate" : spec.problem.hint];
      return missing({ ...told, text: `${spec.problem.message}${more}`, why: "Nothing can be planned from it.", next });
    }
    case "unknown":
      return skipped({ ...told, text: "the spec was not looked at", why: spec.problem.message });
  }
}

function checkRepository(repository: ProjectState["repository"]): DoctorCheck {
  const told = { id: "repository", group: "project" } as const;
  switch (repository.kind) {
    case "git":
      return repository.notes.length === 0
        ? fine({ ...told, text: repository.root })
        : warning({ ...told, text: repository.root, why: repository.notes.join(" ") });
    case "none":
      return warning({
        ...{ ...told, text: "this folder is in no git repository" },
        ...{ why: "Code is carried into workers and back as git objects.", next: ["git init"] },
      });
    case "unknown":
      return skipped({ ...told, text: "the repository was not looked at", why: repository.problem.message });
  }
}

function checkTrust(untrusted: ProjectState["untrusted"]): readonly DoctorCheck[] {
  if (untrusted === null) return [];
  const told = { id: "trust", group: "project" } as const;
  const why = "The spec names files outside its repository, and nothing of them is read until you trust it with that.";
  return [missing({ ...told, text: `not trusted: ${untrusted.join(", ")}`, why, next: ["limaform trust"] })];
}

function checkLock(held: readonly HeldLock[]): DoctorCheck {
  const told = { id: "lock", group: "project" } as const;
  const doubtful = held.filter(({ liveness }) => liveness === "unknown");
  if (doubtful.length > 0) {
    const why = "Whether its holder still lives cannot be told from here; until then nothing else is applied.";
    return warning({ ...told, text: doubtful.map(holderText).join("; "), why, next: ["limaform unlock"] });
  }
  if (held.length === 0) return fine({ ...told, text: "nobody holds the lock" });
  return fine({ ...told, text: held.map(holderText).join("; ") });
}

function holderText({ instance, holder, liveness }: HeldLock): string {
  const what = instance === null ? "the project" : instance;
  if (holder === null) return `${what}: a lock that this limaform cannot read`;
  const who = `limaform ${holder.operation} (pid ${holder.pid}, since ${holder.since})`;
  const after = { alive: "at work", dead: "has ended; its lock is taken over by itself", unknown: `on ${holder.host}` };
  return `${what}: ${who} ${after[liveness]}`;
}

function checkState(state: NonNullable<ProjectState["state"]>): DoctorCheck {
  const told = { id: "state", group: "project" } as const;
  if (state.problem !== null) {
    const { message, hint } = state.problem;
    return missing({
      ...told,
      text: message,
      why: "Journal and record say what an apply left half done.",
      next: [hint],
    });
  }
  if (state.unfinished.length > 0) {
    const why = "An apply was cut off there; the next one goes on from what is there.";
    return warning({
      ...told,
      text: `begun and not ended: ${state.unfinished.join(", ")}`,
      why,
      next: ["limaform plan"],
    });
  }
  if (state.notices.length > 0) {
    const why = "What was lost is found out again by the next apply.";
    return warning({ ...told, text: state.notices.join("; "), why, next: ["limaform plan"] });
  }
  return fine({ ...told, text: `${state.path}: journal and record are readable` });
}

function checkLeftovers(paths: readonly string[]): readonly DoctorCheck[] {
  if (paths.length === 0) return [];
  const told = { id: "leftovers", group: "project" } as const;
  const text = `${paths.length} old temporary ${paths.length === 1 ? "file" : "files"}`;
  const next = [`rm -r ${paths.slice(0, 5).map(quoteWord).join(" ")}${paths.length > 5 ? " …" : ""}`];
  return [warning({ ...told, text, why: "Commands that were cut off have left them; nothing needs them.", next })];
}
