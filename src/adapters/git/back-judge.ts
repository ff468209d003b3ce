/* Effects: reads the host's side of what a worker changed; the judgement is `review/`. */
import ignore from "ignore";
import type { BackRequest } from "../../ports/back.js";
import { type BackCase, type Decision, decideBack, isSameVersion, type Version } from "../../review/back-decide.js";
import type { Category } from "../../review/categories.js";
import { mapLimit } from "../../util/map-limit.js";
import { type HostEntry, type ObjectFormat, readHostEntry } from "../host/host-entry.js";
import { openHostTree } from "../host/host-tree.js";
import type { Review } from "./review-objects.js";

/** One path that the worker changed, with all that was found out about it. Raw text of a worker. */
export interface BackItem {
  readonly path: string;
  readonly base: Version;
  readonly worker: Version;
  readonly host: HostEntry;
  readonly categories: readonly Category[];
  readonly decision: Decision;
}

const AT_ONCE = 8;

/** Shape: in the order of git's paths; what is excluded or outside the wanted paths is left out. */
export async function judgeBack(
  request: BackRequest,
  review: Pick<Review, "changes" | "violations" | "report">,
  format: ObjectFormat,
): Promise<readonly BackItem[]> {
  const broken = Map.groupBy(review.violations, ({ path }) => path);
  const categories = new Map(review.report.changes.map((change) => [change.path, change.categories]));
  const rulesOf = (path: string) => (broken.get(path) ?? []).map(({ rule }) => rule);
  const isWanted = chooser(request);
  const wanted = review.changes.filter(({ path }) => rulesOf(path).length > 0 || isWanted(path));
  const deleted = new Set(wanted.flatMap(({ path, status }) => (status === "D" ? [path] : [])));
  const tree = await openHostTree(request.root);
  try {
    return await mapLimit(wanted, AT_ONCE, async (change) => {
      const rules = rulesOf(change.path);
      const base = versionOf(change.oldMode, change.oldBlob);
      const worker = versionOf(change.mode, change.blob);
      // A name that breaks the rules is not even looked up.
      const host: HostEntry =
        rules.length > 0 && worker !== null ? { kind: "absent" } : await readHostEntry(tree, change.path, format);
      const item = { path: change.path, base, worker, categories: categories.get(change.path) ?? [] };
      return { ...item, host, decision: decide({ ...item, broken: rules }, host, deleted) };
    });
  } finally {
    await tree.close();
  }
}

/** A file where a folder is to be, or the other way round: first what is there must go, and that needs consent. */
function decide(
  { path, ...judged }: Omit<BackCase, "host"> & { readonly path: string },
  host: HostEntry,
  deleted: ReadonlySet<string>,
): Decision {
  const isMade = judged.worker !== null && judged.base === null;
  const isInTheWay = host.kind === "blocked" && (host.why === "file_in_the_way" || host.why === "folder");
  if (isMade && isInTheWay && leadsThrough(path, deleted)) {
    const decision = decideBack({ ...judged, host: { kind: "version", version: null } });
    return decision.what === "take" ? { what: "waits", for: "delete" } : decision;
  }
  return decideBack({ ...judged, host: hostVersion(host) });
}

function leadsThrough(path: string, deleted: ReadonlySet<string>): boolean {
  return [...deleted].some((gone) => path.startsWith(`${gone}/`) || gone.startsWith(`${path}/`));
}

function hostVersion(host: HostEntry): BackCase["host"] {
  if (host.kind === "blocked") return { kind: "blocked", why: host.why };
  return { kind: "version", version: host.kind === "absent" ? null : { mode: host.mode, id: host.id } };
}

function versionOf(mode: string, id: string): Version {
  return mode === "000000" ? null : { mode, id };
}

/** Paths are names of files or folders, not patterns. */
export function chooser({ paths, exclude }: BackRequest): (path: string) => boolean {
  const rules = ignore({ ignorecase: false }).add([...exclude]);
  const inside = paths.filter((path) => path !== "." && path !== "");
  const isNamed = (path: string) =>
    inside.length === 0 || inside.some((wanted) => path === wanted || path.startsWith(`${wanted}/`));
  return (path) => isNamed(path) && !rules.ignores(path);
}

/** True where both sides have this version of a path now. */
export function isAgreed(item: BackItem): boolean {
  const host = hostVersion(item.host);
  return host.kind === "version" && isSameVersion(host.version, item.worker);
}
