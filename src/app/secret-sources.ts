import { join } from "node:path";
import { realOrSame } from "../adapters/host/files.js";
import { BACKENDS } from "../backends/registry.js";
import { RunError } from "../errors/errors.js";
import type { SecretSource } from "../ports/secrets.js";
import type { ResolvedSpec } from "../resources/kind.js";
import type { JsonObject } from "../util/json.js";
import { hostPath } from "./host-path.js";

export const SECRETS_KEY = "secrets";

/** Where the secrets of the spec come from, by name. A text for the shell becomes its command line. */
export function secretSources(spec: Pick<ResolvedSpec, "root" | "values">, home: string): readonly SecretSource[] {
  const table = (spec.values[SECRETS_KEY] ?? {}) as JsonObject;
  return Object.keys(table)
    .sort()
    .map((name): SecretSource => {
      const { env, command, file } = table[name] as JsonObject;
      if (typeof env === "string") return { name, env };
      if (typeof file === "string") return { name, file: hostPath(spec, file, home) };
      return { name, command: Array.isArray(command) ? command.map(String) : ["/bin/sh", "-c", String(command)] };
    });
}

/**
 * A login that renews itself must not be handed out: each worker's renewal would make the others', and this host's own,
 * worthless.
 *
 * Errors: RUN_SECRET_ROTATES.
 */
export async function checkSecretSources(sources: readonly SecretSource[], home: string): Promise<void> {
  const logins = await Promise.all(
    BACKENDS.flatMap(({ title, credentialFiles }) =>
      credentialFiles.map(async (file) => ({ title, file: await realOrSame(join(home, file)) })),
    ),
  );
  for (const source of sources) {
    if (!("file" in source)) continue;
    const real = await realOrSame(source.file);
    const login = logins.find(({ file }) => file === real);
    if (login === undefined) continue;
    throw new RunError(
      "RUN_SECRET_ROTATES",
      `secrets.${source.name} is the login of ${login.title} on this host (${source.file}), which changes whenever somebody uses it: workers would log out each other, and you`,
      { hint: "use a key or a long-lived token (claude setup-token), or log in once in each worker: limaform shell 1" },
    );
  }
}
