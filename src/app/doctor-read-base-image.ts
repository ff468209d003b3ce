import { homedir } from "node:os";
import type { SystemFacts } from "../adapters/doctor/system.js";
import { createDownloads } from "../adapters/downloads/downloads.js";
import { baseFiles } from "../resources/image/base-files.js";
import { architectureOf, resolveEntry } from "../resources/image/entry.js";
import { lookAtBaseFiles } from "./base-files.js";
import type { BaseImageState } from "./doctor-base-image.js";
import type { LoadedSpec } from "./load-spec.js";
import type { AppSession } from "./session.js";

/** null without a spec. `isTrusted` false: the spec names files outside its repository, and none of them is looked at. */
export async function readBaseImage(
  session: AppSession,
  system: SystemFacts,
  loaded: LoadedSpec | null,
  isTrusted: boolean,
): Promise<BaseImageState | null> {
  if (loaded === null) return null;
  const { spec } = loaded;
  const { env } = session.options;
  const arch = architectureOf(spec, { arch: system.arch === "arm64" ? "aarch64" : "x86_64" });
  const skip = (skipped: string): BaseImageState => ({ files: null, arch, skipped });
  if (system.uid === 0) return skip("Lima's cache is that of the user who runs the machines.");
  if (!isTrusted) return skip("The spec names files outside its repository, and nothing of them is read yet.");
  const entry = resolveEntry(spec, arch, { fileDigests: {} });
  if (entry === null) return { files: null, arch, skipped: null };
  const files = await lookAtBaseFiles(baseFiles(entry), {
    ...{ spec, env, home: env.HOME || homedir(), signal: session.interrupt.first },
    downloads: createDownloads({ env, clock: session.clock }),
  });
  return { files, arch, skipped: null };
}
