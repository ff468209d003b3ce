import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Prompt } from "../ports/host.js";

export interface PromptOptions {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
  /** Aborted while a question stands open: `confirm` rejects with the reason. */
  readonly signal?: AbortSignal;
}

/** Asks on the streams that it is handed. An input that ends, and anything but a typed `yes`, is no. */
export function createPrompt({ input, output, signal }: PromptOptions): Prompt {
  return {
    isInteractive: input.isTTY === true && output.isTTY === true,
    async confirm(question) {
      signal?.throwIfAborted();
      output.write(`${question} Only "yes" is accepted: `);
      // Without readline's own terminal handling Ctrl-C stays a signal to the whole process.
      const lines = createInterface({ input, terminal: false });
      const closed = once(lines, "close").then(() => null);
      try {
        const options = signal === undefined ? {} : { signal };
        const answer = await Promise.race([once(lines, "line", options), closed]);
        return answer?.[0] === "yes";
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        lines.close();
        // readline leaves the stream flowing or paused as it likes; a held-open stdin would keep the process alive.
        input.pause();
      }
    },
  };
}
