import type { DoctorCheck } from "./doctor-document.js";

type Told = Pick<DoctorCheck, "id" | "group" | "text">;
type Mended = Told & { readonly why: string; readonly next?: readonly string[] };

/* The four outcomes of a check. What is well needs no reason and no advice. */

export const fine = (told: Told): DoctorCheck => ({ ...inOrder(told), status: "ok", why: "", next: [] });
export const warning = (told: Mended): DoctorCheck => judged("warning", told);
export const missing = (told: Mended): DoctorCheck => judged("missing", told);
export const skipped = (told: Told & { readonly why: string }): DoctorCheck => judged("skipped", told);

function judged(status: DoctorCheck["status"], told: Mended): DoctorCheck {
  return { ...inOrder(told), status, why: told.why, next: told.next ?? [] };
}

const inOrder = ({ id, group, text }: Told) => ({ id, group, text });

/** Whether version `found` is at least `wanted`; what cannot be read counts as new enough. */
export function isAtLeast(found: string, wanted: string): boolean {
  const have = /^\d+(?:\.\d+)*/.exec(found)?.[0].split(".").map(Number);
  if (have === undefined) return true;
  const need = wanted.split(".").map(Number);
  const place = need.findIndex((number, index) => (have[index] ?? 0) !== number);
  return place === -1 || (have[place] ?? 0) > (need[place] ?? 0);
}
