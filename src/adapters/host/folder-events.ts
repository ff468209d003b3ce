/* Effects: asks the system to tell of changes below folders. */
import { watch } from "chokidar";
import { RepositoryError } from "../../errors/errors.js";
import { codeOf } from "./files.js";

export interface FolderWatch {
  readonly folders: readonly string[];
  /** True for absolute paths that are not looked into. */
  readonly isSkipped: (path: string) => boolean;
  readonly onChange: (path: string) => void;
  /** All folders are watched by now. */
  readonly onReady: () => void;
}

/**
 * Tells of changed names until the signal comes; links are not followed.
 *
 * Errors: REPO_NO_EVENTS where the system has no more watches, or the watcher fails.
 */
export async function watchFolders(request: FolderWatch, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const watcher = watch([...request.folders], {
    ...{ ignoreInitial: true, followSymlinks: false, atomic: false, ignorePermissionErrors: true },
    ignored: (path) => request.isSkipped(path),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      watcher.on("all", (_event, path) => request.onChange(path));
      watcher.on("ready", request.onReady);
      watcher.on("error", (error) => reject(noEvents(error)));
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    await watcher.close();
  }
}

function noEvents(cause: unknown): RepositoryError {
  const code = codeOf(cause);
  const isFull = code === "ENOSPC" || code === "EMFILE";
  const why = isFull ? "it has no room for more watches" : (code ?? String(cause));
  return new RepositoryError("REPO_NO_EVENTS", `This system does not tell of changed files: ${why}`, {
    hint: isFull
      ? "what changes is found at each interval; on Linux more watches: sysctl fs.inotify.max_user_watches=524288"
      : "what changes is found at each interval",
    cause,
    details: { code },
  });
}
