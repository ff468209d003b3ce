import type { SpecError } from "../../src/errors/errors.js";
import type { Diagnostic, ResolveInput } from "../../src/spec/index.js";
import { resolveSpec } from "../../src/spec/index.js";
import { allKeys } from "./all-keys.js";

export const SPEC_FILE = "/repo/limaform.toml";
export const DEFAULTS_FILE = "/home/u/.config/limaform/defaults.toml";

/** A whole input around the text of a spec. */
export function inputOf(text: string, over: Partial<ResolveInput> = {}): ResolveInput {
  return {
    file: SPEC_FILE,
    text,
    defaultsFile: DEFAULTS_FILE,
    defaultsText: null,
    env: {},
    flags: {},
    projectFlag: null,
    context: { hostCpus: 8, isGitRepository: true },
    keys: allKeys,
    ...over,
  };
}

export function resolveText(text: string, over: Partial<ResolveInput> = {}) {
  return resolveSpec(inputOf(text, over));
}

/** The resolved value of one key; `project` is put in front of the text. */
export function valueIn(text: string, key: string, over: Partial<ResolveInput> = {}) {
  return resolveText(`project = "app"\n${text}`, over).spec.values[key];
}

/** The error of a spec that must not resolve. */
export function errorOf(text: string, over: Partial<ResolveInput> = {}): SpecError {
  try {
    resolveText(text, over);
  } catch (error) {
    return error as SpecError;
  }
  throw new Error("the spec resolved");
}

export function diagnosticsOf(text: string, over: Partial<ResolveInput> = {}): readonly Diagnostic[] {
  return (errorOf(text, over).details as unknown as { diagnostics: Diagnostic[] }).diagnostics;
}

/** `line:column code` of each problem; `project` is line 1, so the text begins in line 2. */
export function placesOf(text: string): readonly string[] {
  return diagnosticsOf(`project = "app"\n${text}`).map(({ line, column, code }) => `${line}:${column} ${code}`);
}
