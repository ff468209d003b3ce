import { LimaformError, ToolError } from "../../../errors/errors.js";
import type { DownloadOptions, Downloads } from "../../../ports/downloads.js";
import type { Json, JsonObject } from "../../../util/json.js";
import { plainUrl } from "../../../util/plain-url.js";
import { isFields } from "./index-text.js";
import type { Found, ReadText } from "./recipe.js";
import { isExact, newestFitting, type VersionRequest } from "./version.js";

/** So long an answer of an index is good for another build: two images of one evening are made of the same releases. */
const FRESH_MS = 10 * 60_000;

export interface Wanted {
  /** "node 24": for messages. */
  readonly title: string;
  /** Key of the spec that asks for it. */
  readonly key: string;
  /** Name of what is remembered: another tool, architecture or source is another one. */
  readonly memory: string;
  /** As the spec has it. */
  readonly text: string;
  readonly request: VersionRequest;
  readonly source: string;
  find(read: ReadText): Promise<Found | null>;
}

export interface Resolution {
  readonly found: Found;
  readonly indexBytes: number;
  /** A sentence where the index could not be asked; else null. */
  readonly note: string | null;
}

/**
 * The release that a version of the spec stands for now. What an index said is remembered, so that a second build asks
 * nobody for an exact version, and a build without network takes the newest release that fits and that the cache holds.
 *
 * Errors: TOOL_NOT_FOUND, TOOL_BAD_INDEX, DOWNLOAD_….
 */
export async function resolve(
  downloads: Downloads,
  wanted: Wanted,
  now: string,
  options: DownloadOptions,
): Promise<Resolution> {
  const memory = readMemory(await downloads.recall(wanted.memory));
  const known = recalled(memory, wanted, now);
  if (known !== null) return { found: known, indexBytes: 0, note: null };
  let indexBytes = 0;
  const read: ReadText = async (url, accept) => {
    const { text, bytes } = await downloads.readText(url, { ...options, ...(accept === undefined ? {} : { accept }) });
    indexBytes += bytes;
    return text;
  };
  let found: Found | null;
  try {
    options.report(`asking ${plainUrl(wanted.source)} for ${wanted.title}`);
    found = await wanted.find(read);
  } catch (error) {
    const cached = isOffline(error) ? await newestCached(downloads, memory, wanted) : null;
    if (cached === null) throw error;
    const why = error instanceof LimaformError ? error.message : String(error);
    const note = `${wanted.title}: ${cached.version} from this host's cache, because ${why}`;
    return { found: cached, indexBytes, note };
  }
  if (found === null) throw notFound(wanted);
  await downloads.remember(wanted.memory, {
    releases: { ...memory.releases, [found.version]: found },
    requests: { ...memory.requests, [wanted.text]: { version: found.version, at: now } },
  } as unknown as Json);
  return { found, indexBytes, note: null };
}

interface Memory {
  readonly releases: Readonly<Record<string, Found>>;
  readonly requests: Readonly<Record<string, { readonly version: string; readonly at: string }>>;
}

/** Our own file of an earlier version; whatever does not read as one is an empty memory. */
function readMemory(value: Json | null): Memory {
  const fields = (value ?? {}) as JsonObject;
  const releases = isFields(fields.releases) ? fields.releases : {};
  const requests = isFields(fields.requests) ? fields.requests : {};
  return {
    releases: Object.fromEntries(Object.entries(releases).filter(([, found]) => isFound(found))) as Memory["releases"],
    requests: Object.fromEntries(Object.entries(requests).filter(([, each]) => isAnswer(each))) as Memory["requests"],
  };
}

const isFound = (value: unknown): boolean =>
  isFields(value) && typeof value.version === "string" && Array.isArray(value.files) && value.files.every(isFile);
const isFile = (value: unknown): boolean =>
  isFields(value) &&
  typeof value.url === "string" &&
  isFields(value.checksum) &&
  typeof value.checksum.value === "string" &&
  Array.isArray(value.only) &&
  typeof value.into === "string";
const isAnswer = (value: unknown): boolean =>
  isFields(value) && typeof value.version === "string" && typeof value.at === "string";

function recalled(memory: Memory, { text, request }: Wanted, now: string): Found | null {
  if (isExact(request)) return memory.releases[text] ?? null;
  const answer = memory.requests[text];
  const age = answer === undefined ? Number.POSITIVE_INFINITY : Date.parse(now) - Date.parse(answer.at);
  // A clock that was set back makes no answer young for ever.
  return answer !== undefined && age >= 0 && age < FRESH_MS ? (memory.releases[answer.version] ?? null) : null;
}

/** Of the releases that fit those whose files are all in the cache; what the index said last counts for words. */
async function newestCached(downloads: Downloads, memory: Memory, { text, request }: Wanted): Promise<Found | null> {
  const complete: Found[] = [];
  for (const found of Object.values(memory.releases)) {
    const files = await Promise.all(found.files.map(({ checksum }) => downloads.find(checksum)));
    if (files.every((file) => file !== null)) complete.push(found);
  }
  const last = memory.requests[text]?.version;
  return newestFitting(request, complete) ?? complete.find(({ version }) => version === last) ?? null;
}

const isOffline = (error: unknown): boolean =>
  error instanceof LimaformError && (error.isTransient || error.code === "DOWNLOAD_TIMED_OUT");

function notFound({ title, key, text, source }: Wanted): ToolError {
  return new ToolError("TOOL_NOT_FOUND", `${plainUrl(source)} has no ${title} for this architecture`, {
    hint: `write another version than ${JSON.stringify(text)} for ${key}, then: limaform plan`,
    details: { key, version: text, source: plainUrl(source) },
  });
}
