/* Effects: one session in a guest that tells where its code stands and starts a run when it is given one. */
import { PassThrough } from "node:stream";
import { GuestError } from "../../errors/errors.js";
import type { Guest, GuestResult } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import type { Approach } from "../../ports/runs.js";
import { readStand } from "../git/look.js";
import { APPROACH_SCRIPT } from "./scripts.js";

/** No look and no start says as much. Units: bytes. */
const MOST_BYTES = 64 * 1024;
const LOOK_LIMIT_MS = 30_000;
const LOOKED = /(?:^|\n)looked\n/u;

/** Where secrets lie in the guest until their unit has them: memory, root's alone. */
export const MEMORY_FOLDER = "/run/limaform";

interface Place {
  readonly instance: string;
  /** Of the code. */
  readonly guestPath: string;
  /** Absolute. */
  readonly runsFolder: string;
  readonly memoryFolder?: string;
}

type Ended = { readonly result: GuestResult } | { readonly error: unknown };

/** Opens the session at once: it costs as much as the look and more, and what comes before the look goes on meanwhile. */
export function openApproach(guest: Guest, place: Place, { signal, timeoutMs }: CallOptions): Approach {
  const { instance, guestPath, runsFolder, memoryFolder = MEMORY_FOLDER } = place;
  const stdin = new PassThrough();
  const closed = new AbortController();
  const end = (why: string): void => closed.abort(new GuestError("GUEST_UNREACHABLE", `${instance} ${why}`));
  const underWay = Promise.withResolvers<void>();
  const said = listener(() => end("does not end saying where its code stands"));
  let ended: Ended | null = null;
  const ending: Promise<Ended> = guest
    .exec(
      instance,
      { argv: ["sh", "-c", APPROACH_SCRIPT, "limaform", guestPath, runsFolder, memoryFolder], stdin },
      {
        ...{ timeoutMs, signal: AbortSignal.any([signal, closed.signal]) },
        ...{ onStart: underWay.resolve, onStdout: said.add },
      },
    )
    .then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    )
    .then((how) => {
      ended = how;
      underWay.resolve();
      return how;
    });
  return {
    underWay: underWay.promise,
    async look() {
      stdin.write("look\n");
      const limit = setTimeout(() => end("does not say where its code stands"), LOOK_LIMIT_MS);
      const how = await Promise.race([ending, said.until(LOOKED)]).finally(() => clearTimeout(limit));
      if (how !== undefined && "error" in how) throw how.error;
      const [, text = null] = /^([\s\S]*?)looked\n/u.exec(said.text()) ?? [];
      return text === null ? null : readStand(text);
    },
    async give(input) {
      if (ended !== null) return null;
      stdin.end(input);
      const how = await ending;
      if ("error" in how) throw how.error;
      return { ...how.result, stdout: said.text().split(LOOKED).at(-1) ?? "" };
    },
    async close() {
      stdin.end();
      closed.abort(new Error("nothing is started through it any more"));
      await ending;
    },
  };
}

/** What a stream has said so far. */
function listener(onTooMuch: () => void) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let wake: () => void = () => {};
  const text = () => Buffer.concat(chunks).toString("utf8");
  return {
    text,
    add(chunk: Uint8Array) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return onTooMuch();
      chunks.push(chunk);
      wake();
    },
    async until(pattern: RegExp): Promise<undefined> {
      while (!pattern.test(text())) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
