import { LimaformError } from "../errors/errors.js";
import type { DeclaredSecrets } from "../ports/images.js";
import type { Fleet } from "./fleet.js";
import { secretSources } from "./secret-sources.js";
import type { AppSession } from "./session.js";
import { isTrusted } from "./trust.js";

const LIMIT_MS = 60_000;

/**
 * Values of the spec's secrets for the scan of an image. Files and commands that the user has not trusted are neither read
 * nor run: their names are `unknown`, as are those that give nothing now.
 */
export function declaredSecrets(session: AppSession, fleet: () => Fleet): DeclaredSecrets {
  return {
    async read(signal) {
      const { loaded, home, runSecrets } = fleet();
      const mayAsk = await isTrusted(session, fleet(), loaded.spec, "secrets");
      const known: { readonly name: string; readonly value: string }[] = [];
      const unknown: string[] = [];
      for (const source of secretSources(loaded.spec, home)) {
        try {
          if (!("env" in source) && !mayAsk) unknown.push(source.name);
          else known.push(...(await runSecrets.resolve([source], { signal, timeoutMs: LIMIT_MS })));
        } catch (error) {
          if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
          unknown.push(source.name);
        }
      }
      return { known, unknown };
    },
  };
}
