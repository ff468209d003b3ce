import { certificatesIn, extraRoots } from "../adapters/host/certificates.js";
import { readIfThere } from "../adapters/host/files.js";
import type { ResolvedSpec } from "../resources/kind.js";
import type { SourceProblem } from "../world/sources.js";
import { hostPath } from "./host-path.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The certificates that `vm.ca_certs` stands for, as one PEM text; empty where there are none.
 *
 * Errors: STORE_READ. A file without certificates is a problem of the plan; one that is missing is reported as such
 * already.
 */
export async function readCaCerts(
  spec: ResolvedSpec,
  { env, home }: { readonly env: Environment; readonly home: string },
): Promise<{ readonly pem: string; readonly problems: readonly SourceProblem[] }> {
  const wanted = spec.values["vm.ca_certs"] ?? null;
  if (wanted === "host") return { pem: (await extraRoots(env)).join(""), problems: [] };
  if (!Array.isArray(wanted)) return { pem: "", problems: [] };
  const problems: SourceProblem[] = [];
  const all: string[] = [];
  for (const path of wanted.map(String)) {
    const text = await readIfThere(hostPath(spec, path, home));
    if (text === null) continue;
    const found = certificatesIn(text);
    if (found.length === 0) problems.push(noCertificates(path));
    all.push(...found);
  }
  return { pem: [...new Set(all)].join(""), problems };
}

function noCertificates(path: string): SourceProblem {
  return {
    code: "PLAN_NO_CERTIFICATES",
    text: `${path}, which vm.ca_certs names, holds no certificate that can be read`,
    hint: "it must be PEM (-----BEGIN CERTIFICATE-----); a DER file becomes one with: openssl x509 -inform der -in FILE -out FILE.pem",
  };
}
