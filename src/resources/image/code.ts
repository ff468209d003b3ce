import { textOf, textOrNull } from "../inputs.js";
import type { BuildRunner } from "./build-step.js";

/** A clean checkout of the pinned commit: the image carries nobody's uncommitted files. */
export const pushCode: BuildRunner = async (ports, { instance }, { inputs, timeoutMs }, { signal, report }) => {
  const commit = textOf(inputs, "commit");
  await ports.code.push(
    {
      instance,
      guestPath: textOf(inputs, "guestPath"),
      root: textOf(inputs, "root"),
      overwrite: true,
      commit,
      branch: textOrNull(inputs, "branch"),
      carried: null,
    },
    { signal, timeoutMs, report },
  );
  return { version: commit, source: null, downloadedBytes: 0, cachedBytes: 0 };
};
