import { carryChoiceIn, carryRules } from "../carry-rules.js";
import { textOf, textOrNull } from "../inputs.js";
import { type BuildRunner, NO_BYTES } from "./build-step.js";

/**
 * A clean checkout of the pinned commit: the image carries nobody's uncommitted files. In files mode the files as they
 * lie there; a digest stands for the commit.
 */
export const pushCode: BuildRunner = async (ports, { instance }, { inputs, timeoutMs }, { signal, report }) => {
  const commit = textOf(inputs, "commit");
  const place = { instance, guestPath: textOf(inputs, "guestPath"), root: textOf(inputs, "root"), overwrite: true };
  const options = { signal, timeoutMs, report };
  if (inputs.mode === "files") {
    const how = { digest: null, paths: [], deletes: "all", dryRun: false, checksum: false, compress: false } as const;
    await ports.code.pushFolder({ ...place, ...how, rules: carryRules(carryChoiceIn(inputs)) }, options);
  } else {
    await ports.code.push({ ...place, commit, branch: textOrNull(inputs, "branch"), carried: null }, options);
  }
  return { version: commit, source: null, ...NO_BYTES };
};
