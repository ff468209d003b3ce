import { resolve } from "node:path";
import { isThere, realOrSame } from "../adapters/host/files.js";
import { UsageError } from "../errors/errors.js";
import { ownerOf } from "../record/owner.js";
import type { LoadedSpec } from "./load-spec.js";
import type { AppSession } from "./session.js";

/** LIMAFORM_OWNER names the home checkout whose owner applies (a CI runner's checkout, for one). */
export async function ownerOfProject({ options, repository }: AppSession, { spec }: LoadedSpec) {
  const named = options.env.LIMAFORM_OWNER ?? "";
  const root = await realOrSame((await repository.topLevel(spec.root)) ?? spec.root);
  const specFile = await realOrSame(spec.file);
  if (named === "") return ownerOf({ commonDirectory: await repository.commonDirectory(spec.root), root, specFile });
  const other = await realOrSame(resolve(options.cwd, named));
  // A file has no entry of its own.
  if (!(await isThere(`${other}/.`))) {
    throw new UsageError("USAGE_OWNER_GONE", `LIMAFORM_OWNER names ${other}, and no folder is there`, {
      hint: "name the repository's home checkout; did it move here? unset LIMAFORM_OWNER, then: limaform adopt --all",
    });
  }
  const otherTop = (await repository.topLevel(other)) ?? other;
  return ownerOf({
    commonDirectory: await repository.commonDirectory(other),
    root: otherTop,
    specFile: specFile.replace(root, otherTop),
  });
}
