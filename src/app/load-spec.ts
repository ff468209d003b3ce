import { cpus, homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readBytesIfThere, realOrSame } from "../adapters/host/files.js";
import { SpecError } from "../errors/errors.js";
import type { Repository } from "../ports/repository.js";
import type { ResolvedSpec } from "../resources/kind.js";
import { candidates } from "../spec/candidates.js";
import { decodeSpec } from "../spec/decode.js";
import { quoteWord } from "../util/shell-quote.js";
import { together } from "../util/together.js";
import type { AppOptions } from "./app.js";
import type { AppSession } from "./session.js";

type SpecSession = Pick<AppSession, "options" | "repository" | "kinds">;

export interface LoadedSpec {
  readonly spec: ResolvedSpec;
  readonly text: string;
  readonly warnings: readonly string[];
}

/** Finds, reads and resolves the spec. No VM host is needed. Errors: SPEC_NOT_FOUND, SPEC_INVALID. */
export async function loadSpec({ options, repository, kinds }: SpecSession): Promise<LoadedSpec> {
  const defaultsFile = defaultsPath(options);
  const reading = together(findSpec(options, repository), readSpecText(defaultsFile));
  // The language is evaluated while git is at work.
  const language = Promise.all([import("../spec/index.js"), kinds()]);
  const [[{ file, text }, defaultsText], [{ commonKeys, resolveSpec }, registered]] = await together(reading, language);
  const root = dirname(file);
  const { spec, warnings } = resolveSpec({
    file,
    text,
    defaultsFile,
    defaultsText,
    env: options.env,
    flags: options.specFlags,
    projectFlag: options.project,
    validate: validateCommand(options),
    context: { hostCpus: cpus().length, isGitRepository: (await repository.commonDirectory(root)) !== null },
    // All keys of the language: those of the kinds and those of none.
    keys: [...commonKeys, ...registered.flatMap(({ rules }) => rules.keys)],
  });
  return { spec, text, warnings };
}

/** The text of the spec before flags, for edits. */
async function findSpec(
  options: AppOptions,
  repository: Repository,
): Promise<{ readonly file: string; readonly text: string }> {
  const named = options.config ?? options.env.LIMAFORM_CONFIG ?? null;
  if (named !== null && named !== "") {
    const file = resolve(options.cwd, named);
    const text = await readSpecText(file, validateCommand(options));
    if (text !== null) return { file: await realOrSame(file), text };
    throw notFound(`${file} does not exist`);
  }
  // git is asked at once, because it takes longest; where it finds the repository is kept for all that ask later.
  const asked = repository.topLevel(options.cwd);
  const [[start, home], top] = await together(Promise.all([realOrSame(options.cwd), realOrSame(homedir())]), asked);
  for (const file of candidates(start, top, home)) {
    const text = await readSpecText(file);
    if (text !== null) return { file, text };
  }
  throw notFound(`there is no limaform.toml in ${start} or above it`);
}

/** A spec that was named must be named again. */
const validateCommand = ({ config }: AppOptions): string =>
  config === null ? "limaform validate" : `limaform validate --config ${quoteWord(config)}`;

async function readSpecText(file: string, validate?: string): Promise<string | null> {
  const bytes = await readBytesIfThere(file);
  return bytes === null ? null : decodeSpec(file, bytes, validate);
}

function defaultsPath({ env }: AppOptions): string {
  const base = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return join(base, "limaform", "defaults.toml");
}

function notFound(what: string): SpecError {
  return new SpecError("SPEC_NOT_FOUND", `No spec: ${what}.`, {
    hint: "write one for this repository with: limaform init; or name one with --config FILE",
  });
}
