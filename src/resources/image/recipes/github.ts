import type { Checksum } from "../../../ports/downloads.js";
import { listOf, numberIn, readIndex, sha256Of, textIn } from "./index-text.js";
import type { ReadText } from "./recipe.js";

/*
 * Releases as GitHub's API lists them, with the digest that it made of each file.
 * Source: docs.github.com, REST API, "Releases".
 */

export interface Asset {
  readonly name: string;
  readonly url: string;
  readonly bytes: number | null;
  readonly checksum: Checksum;
}

export interface Release {
  readonly tag: string;
  /** Those that have a digest. */
  readonly assets: readonly Asset[];
}

/** Newest first, as they are listed; drafts and pre-releases are left out. */
export async function readReleases(url: string, read: ReadText): Promise<readonly Release[]> {
  return listOf(readIndex(await read(url, "application/vnd.github+json"), url)).flatMap((release) => {
    const tag = textIn(release, "tag_name");
    if (tag === null || release.draft === true || release.prerelease === true) return [];
    return [{ tag, assets: listOf(release.assets).flatMap(assetOf) }];
  });
}

function assetOf(asset: Readonly<Record<string, unknown>>): Asset[] {
  const name = textIn(asset, "name");
  const url = textIn(asset, "browser_download_url");
  const digest = /^sha256:([0-9a-f]{64})$/u.exec(textIn(asset, "digest") ?? "")?.[1];
  const checksum = sha256Of(digest ?? null);
  if (name === null || url === null || checksum === null || !/^https?:\/\//u.test(url)) return [];
  return [{ name, url, checksum, bytes: numberIn(asset, "size") }];
}
