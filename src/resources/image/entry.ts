import type { SourceFacts } from "../../world/sources.js";
import { type ResolvedSpec, type SpecFile, specValue } from "../kind.js";
import { NAMED_IMAGES } from "./named-images.js";
import { vmArch, vmImage } from "./spec.js";
import { vmCaCerts } from "./tool-keys.js";

export type Architecture = "x86_64" | "aarch64";

/**
 * One architecture's base image, resolved: from a name, a path, a URL, or a table of the spec.
 *
 * Shape: `location` is a URL or an absolute path; the `…Digest` fields are content digests of local files.
 */
export type ImageEntry = {
  readonly location: string;
  readonly arch: Architecture;
  readonly digest: string | null;
  readonly kernel: string | null;
  readonly initrd: string | null;
  readonly cmdline: string | null;
  readonly contentDigest: string | null;
  readonly kernelDigest: string | null;
  readonly initrdDigest: string | null;
};

interface ImageTable {
  readonly location: string;
  readonly arch?: string | null;
  readonly digest?: string | null;
  readonly kernel?: string | null;
  readonly initrd?: string | null;
  readonly cmdline?: string | null;
}

export const isUrl = (location: string): boolean => /^https?:\/\//.test(location);

/** Files of the host that the image table and `vm.ca_certs` name, as the spec has them. */
export function imageFiles(spec: ResolvedSpec): readonly SpecFile[] {
  const files = tables(spec).flatMap((table) => [table.location, table.kernel, table.initrd]);
  const roots = specValue(spec, vmCaCerts);
  return [
    ...files.flatMap((path) => (typeof path === "string" && !isUrl(path) ? [{ key: vmImage.key, path }] : [])),
    ...(Array.isArray(roots) ? roots : []).map((path: string) => ({ key: vmCaCerts.key, path })),
  ];
}

/** The spec's, or that of the host. */
export function architectureOf(spec: ResolvedSpec, host: { readonly arch: Architecture }): Architecture {
  const wanted = specValue(spec, vmArch);
  return wanted === "x86_64" || wanted === "aarch64" ? wanted : host.arch;
}

/** The entry for an architecture; null when the spec has images, but none for it. */
export function resolveEntry(
  spec: ResolvedSpec,
  arch: Architecture,
  sources: Pick<SourceFacts, "fileDigests">,
): ImageEntry | null {
  const table = tables(spec).find((candidate) => (candidate.arch ?? arch) === arch);
  if (table === undefined) return null;
  const content = (file: string | null | undefined) =>
    file === null || file === undefined ? null : (sources.fileDigests[file] ?? null);
  return {
    location: absolute(spec, table.location),
    arch,
    digest: table.digest ?? null,
    kernel: table.kernel ? absolute(spec, table.kernel) : null,
    initrd: table.initrd ? absolute(spec, table.initrd) : null,
    cmdline: table.cmdline ?? null,
    contentDigest: content(table.location),
    kernelDigest: content(table.kernel),
    initrdDigest: content(table.initrd),
  };
}

function tables(spec: ResolvedSpec): readonly ImageTable[] {
  const value = specValue(spec, vmImage) as string | ImageTable | readonly ImageTable[];
  if (typeof value === "string") {
    const named = NAMED_IMAGES[value];
    return named ?? [{ location: value }];
  }
  return Array.isArray(value) ? value : [value as ImageTable];
}

function absolute(spec: ResolvedSpec, path: string): string {
  if (isUrl(path) || path.startsWith("/") || path.startsWith("~/")) return path;
  return `${spec.root}/${path.replace(/^\.\//, "")}`;
}
