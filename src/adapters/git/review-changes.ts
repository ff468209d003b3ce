/* Reviewed changes as they leave the adapter: no raw text of a worker in them. */
import type { ResultChange } from "../../ports/results.js";
import type { ReviewedChange } from "../../review/report.js";
import { escapeLine } from "../../util/escape.js";

/** Hosts of one lock file that are kept; who names more has been shown enough. */
const MOST_HOSTS = 20;

export function escapeChange({ path, sources, ...rest }: ReviewedChange): ResultChange {
  const change = { path: escapeLine(path), ...rest };
  if (sources === undefined || sources === null) return sources === null ? { ...change, sources } : change;
  return { ...change, sources: { added: escapeHosts(sources.added), removed: escapeHosts(sources.removed) } };
}

function escapeHosts(hosts: readonly string[]): readonly string[] {
  return hosts.slice(0, MOST_HOSTS).map((host) => escapeLine(host).slice(0, 255));
}
