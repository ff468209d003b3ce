/* Effects: one channel to a worker that says when something changed there. */
import { PassThrough } from "node:stream";
import type { BackRequest } from "../../ports/back.js";
import type { Guest } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import { PRELUDE, scriptCommand, scriptError } from "./guest-script.js";

/**
 * Prints a line for whatever changes below a folder: with inotifywait where the worker has it, else by looking at names,
 * sizes and times, so often that it takes a fifteenth of one CPU at most. Ends when its standard input does, because a
 * watcher that lost its reader would live on.
 *
 * Argument: path. Units: milliseconds.
 */
export const EVENTS_SCRIPT = `${PRELUDE}
[ -d "$path" ] && cd -- "$path" || fail gone
look() {
  find . \\( -name .git -o -name node_modules \\) -prune -o -printf '%p %s %T@ %m %i\\n' 2>/dev/null | cksum
}
if command -v inotifywait >/dev/null 2>&1; then
  inotifywait -m -r -q -e close_write,create,delete,move,attrib --format event \\
    --exclude '(^|/)([.]git|node_modules)(/|$)' . 2>/dev/null &
else
  while :; do
    began=$(date +%s%N)
    now=$(look)
    [ "$now" = "\${last:-$now}" ] || echo event
    last=$now
    pause=$(( ($(date +%s%N) - began) / 1000000 * 14 ))
    [ $pause -ge 500 ] || pause=500
    sleep "$(printf '%d.%03d' $((pause / 1000)) $((pause % 1000)))"
  done &
fi
watcher=$!
trap 'kill $watcher 2>/dev/null' EXIT
echo watching
cat > /dev/null
`;

/** Resolves when the signal ended it. `onEvent` is a hint and nothing more: the worker may say anything. Errors: REPO_BACK_FAILED, GUEST_…. */
export async function followEvents(
  guest: Guest,
  request: Pick<BackRequest, "instance" | "guestPath">,
  onEvent: () => void,
  { signal, timeoutMs }: CallOptions,
): Promise<void> {
  const stdin = new PassThrough();
  const end = (): void => {
    stdin.end();
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    const command = scriptCommand(EVENTS_SCRIPT, [request.guestPath], stdin);
    const result = await guest.exec(request.instance, command, {
      signal,
      timeoutMs,
      maxOutputBytes: 4096,
      onLine: onEvent,
    });
    if (!signal.aborted)
      throw scriptError("REPO_BACK_FAILED", `${request.instance} stopped telling of changes`, result);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", end);
    stdin.destroy();
  }
}
