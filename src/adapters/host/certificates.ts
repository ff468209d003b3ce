/* Effects: reads the host's trust store. */
import { X509Certificate } from "node:crypto";
import { getCACertificates, rootCertificates } from "node:tls";
import { compareText } from "../../util/compare.js";
import { namesIn, readIfThere } from "./files.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** All roots that programs on this host trust: Node's own, the system's, and what the environment adds. PEM. */
export async function trustedRoots(env: Environment): Promise<readonly string[]> {
  return [...new Set([...getCACertificates("default"), ...(await addedRoots(env))])];
}

/**
 * What this host trusts beyond the public roots: a company's, mostly. PEM, sorted, each once.
 *
 * Public is what Node knows and what the distribution brings, which are the same but for their age: roots that lost the
 * public's trust since must not come into a guest as extra ones.
 */
export async function extraRoots(env: Environment): Promise<readonly string[]> {
  const known = new Set([...rootCertificates, ...(await publicRoots())].map(fingerprintOf));
  const added = new Map((await addedRoots(env)).map((pem) => [fingerprintOf(pem), pem]));
  return [...added]
    .filter(([print, pem]) => !known.has(print) && new X509Certificate(pem).ca)
    .map(([, pem]) => pem)
    .sort(compareText);
}

async function addedRoots(env: Environment): Promise<readonly string[]> {
  const files = [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE].filter((file) => file !== undefined && file !== "");
  const texts = await Promise.all(files.map((file) => readIfThere(String(file))));
  return [...getCACertificates("system"), ...texts.flatMap((text) => certificatesIn(text ?? ""))].map(normal);
}

/** Debian's and Ubuntu's, Fedora's and Red Hat's; absent elsewhere. */
const PUBLIC_FOLDER = "/usr/share/ca-certificates/mozilla";
const PUBLIC_FILE = "/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit";

async function publicRoots(): Promise<readonly string[]> {
  const names = (await namesIn(PUBLIC_FOLDER)).filter((name) => name.endsWith(".crt"));
  const files = [...names.map((name) => `${PUBLIC_FOLDER}/${name}`), PUBLIC_FILE];
  const texts = await Promise.all(files.map(readIfThere));
  return texts.flatMap((text) => certificatesIn(text ?? ""));
}

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/gu;

/** The certificates of a PEM text; what stands between them is left out. Unreadable ones make it empty. */
export function certificatesIn(text: string): readonly string[] {
  const blocks = text.match(BLOCK) ?? [];
  return blocks.every(isCertificate) ? blocks.map(normal) : [];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch (error) {
    // What OpenSSL cannot read is none; anything else would not be about the text.
    if (error instanceof Error) return false;
    throw error;
  }
}

const normal = (pem: string): string => `${pem.trim().replaceAll("\r", "")}\n`;
const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;
