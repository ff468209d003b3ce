import { basename, join } from "node:path";
import { namesIn, readIfThere, realOrSame, writeWhole } from "../adapters/host/files.js";
import { UsageError } from "../errors/errors.js";
import { convertSandbox, detectRepository, PACKAGED_SCHEMA, renderInit, SPEC_NAME } from "../spec/index.js";
import type { InitRequest } from "./app.js";
import type { AppSession } from "./session.js";

/** Writes `limaform.toml` fitted to the repository. Errors: USAGE_SPEC_EXISTS, SPEC_NOT_SUPPORTED_YET, STORE_WRITE. */
export async function initProject({ options, repository }: AppSession, request: InitRequest) {
  const folder = await realOrSame(options.cwd);
  const top = await repository.topLevel(folder);
  const root = top ?? folder;
  const file = options.config === null ? join(root, SPEC_NAME) : join(folder, options.config);
  if (request.from !== null) convertSandbox((await readIfThere(join(folder, request.from))) ?? "");
  if (!request.force && (await readIfThere(file)) !== null) {
    throw new UsageError("USAGE_SPEC_EXISTS", `${file} exists already; it was left as it is`, {
      hint: "to write it anew: limaform init --force",
    });
  }
  const facts = detectRepository({ folder: basename(root), files: await namesIn(root), hasGit: top !== null });
  const text = renderInit({ ...facts, image: null, schema: PACKAGED_SCHEMA }, request.template);
  await writeWhole(file, text, 0o644);
  const notes =
    top === null
      ? ["This folder is no git repository: code is not carried into workers until it is one (git init)."]
      : [];
  return { file, text, notes };
}
