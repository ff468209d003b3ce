import type { Guest, GuestResult } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import { programText } from "../../util/program-text.js";

const WRITE = 'umask 077 && cat > "$1" && chmod 700 "$1"';

/**
 * Writes a script of the spec into a file of the guest's user, to be run from there: so a `#!` line counts and standard
 * input is empty. Without one it is bash that stops at the first failing command.
 */
export function writeProgram(
  guest: Guest,
  instance: string,
  { path, text }: { readonly path: string; readonly text: string },
  options: CallOptions,
): Promise<GuestResult> {
  return guest.exec(instance, { argv: ["sh", "-c", WRITE, "sh", path], stdin: programText(text) }, options);
}
