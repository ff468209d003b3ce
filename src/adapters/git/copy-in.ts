/* Effects: packs files of the host with tar and unpacks them in a worker. */
import { createReadStream } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RepositoryError } from "../../errors/errors.js";
import type { Copied, Copy } from "../../ports/copy.js";
import type { Guest } from "../../ports/guest.js";
import type { Store } from "../../ports/host.js";
import { run } from "../process/run.js";
import { COPY_IN_SCRIPT } from "./copy-script.js";
import { scriptCommand, scriptError } from "./guest-script.js";
import { withTemporaryFolder } from "./temporary.js";

export interface CopyInParts {
  readonly guest: Guest;
  readonly store: Store;
  readonly env: Readonly<Record<string, string>>;
}

/** See the port. */
export async function copyIn(
  parts: CopyInParts,
  { instance, sources, target, into }: Parameters<Copy["copyIn"]>[0],
  { signal, timeoutMs, report }: Parameters<Copy["copyIn"]>[1],
): Promise<Copied> {
  for (const source of sources) await refuseAbsent(source);
  return withTemporaryFolder(await parts.store.folder("tmp"), async (folder) => {
    const archive = join(folder, "copy.tar");
    report("packing");
    const places = sources.flatMap((source) => ["-C", dirname(source), `./${basename(source)}`]);
    const made = await run({
      ...{ command: "tar", args: ["-c", "-v", "-f", archive, ...places], cwd: "/", signal, timeoutMs },
      env: { ...parts.env, LC_ALL: "C", COPYFILE_DISABLE: "1" },
      classify: ({ exitCode, stderr, startError }) => {
        if (exitCode === 0) return null;
        const why = startError ?? stderr.trim().split("\n").slice(-3).join("; ");
        return new RepositoryError("COPY_UNREADABLE", `${sources.join(", ")} could not be packed: ${why}`, {
          hint: `can you read all of it? ls -lR ${sources[0] ?? ""}`,
        });
      },
    });
    report("unpacking in the worker");
    const stdin = createReadStream(archive);
    const command = scriptCommand(COPY_IN_SCRIPT, [target, into ? "into" : "as"], stdin);
    const result = await parts.guest.exec(instance, command, { signal, timeoutMs });
    if (result.exitCode !== 0 || !result.stdout.includes("copied")) {
      throw scriptError("COPY_FAILED", `${target} in ${instance} could not be written`, result);
    }
    const names = `${made.stdout}${made.stderr}`.split("\n").filter((line) => line !== "" && !line.endsWith("/"));
    return { files: names.length, bytes: (await stat(archive)).size, notes: [] };
  });
}

async function refuseAbsent(source: string): Promise<void> {
  try {
    await lstat(source);
  } catch (error) {
    throw new RepositoryError("COPY_NOT_FOUND", `there is no ${source}`, {
      hint: "name files of this host, or of a worker as W:PATH (1:notes.txt)",
      cause: error,
    });
  }
}
