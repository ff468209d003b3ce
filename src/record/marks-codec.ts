import { type AppliedSize, MARKS_FORMAT, type Marks } from "../world/marks.js";
import type { ClaimedMarks, MarksReading } from "../world/world.js";
import { isText } from "./narrow.js";

const PREFIX = "limaform_";
/** Lima refuses empty params. */
const ABSENT = "-";

/** The names of all marks without their prefix, in the order in which they are written. */
export const MARK_NAMES = [
  "format",
  "project",
  "owner",
  "role",
  "address",
  "name",
  "slot",
  "revision",
  "image",
  "sealed",
  "hold",
  "applied",
] as const satisfies readonly (keyof Marks)[];

/**
 * Marks as Lima `param` values, `limaform_<name>` to text.
 *
 * Shape: every mark is there; an absent value is `-`; `applied` is `cpus/memoryBytes/diskBytes`.
 */
export function encodeMarks(marks: Marks): Readonly<Record<string, string>> {
  return encodeSomeMarks({ ...marks, format: MARKS_FORMAT });
}

/** The same for the marks that an edit changes. */
export function encodeSomeMarks(marks: Partial<Marks>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    MARK_NAMES.filter((name) => marks[name] !== undefined).map((name) => [
      `${PREFIX}${name}`,
      text(marks[name] ?? null),
    ]),
  );
}

/**
 * Reads the `param` values of an instance; other people's params are passed over.
 *
 * Shape: `none` only where there is no `limaform_` key at all. Anything incomplete, garbled, unheard of or newer is
 * `unknown`, with the reason: such an instance is never touched.
 */
export function decodeMarks(params: Readonly<Record<string, unknown>>): MarksReading {
  const found = new Map(Object.entries(params).filter(([key]) => key.startsWith(PREFIX)));
  if (found.size === 0) return { kind: "none" };
  const format = found.get(`${PREFIX}format`);
  if (isText(format) && /^[0-9]{1,9}$/.test(format) && Number(format) > MARKS_FORMAT) {
    const { project, address } = claimOf(params);
    const newer = { project, address };
    const text = `its marks are of format ${format}, written by a newer limaform (this one knows format ${MARKS_FORMAT})`;
    return { kind: "unknown", text, newer };
  }
  const texts = new Map<string, string>();
  for (const name of MARK_NAMES) {
    const value = found.get(PREFIX + name);
    if (!isText(value) || value === "") return unknown(`lacks the mark ${PREFIX}${name}`, params);
    if (!FORMS[name].test(value)) {
      return unknown(`has a garbled mark ${PREFIX}${name}: ${JSON.stringify(value)}`, params);
    }
    texts.set(name, value === ABSENT ? "" : value);
    found.delete(PREFIX + name);
  }
  const [address = "", role = "", slot = ""] = (["address", "role", "slot"] as const).map((name) => texts.get(name));
  if (!address.startsWith(`${role}.`) || slot !== (SLOT.exec(address)?.[1] ?? "0")) {
    return unknown(`has marks that contradict each other: role ${role}, slot ${slot}, address ${address}`, params);
  }
  const [other] = found.keys();
  if (other !== undefined) return unknown(`has a mark that this limaform does not know: ${other}`, params);
  return { kind: "marks", marks: marksOf((name) => texts.get(name) ?? "") };
}

/** What marks seem to say where they are not all there. Never proof. */
export function claimOf(params: Readonly<Record<string, unknown>>): ClaimedMarks {
  const claim = (name: "project" | "address" | "name"): string => {
    const value = params[PREFIX + name];
    return isText(value) && FORMS[name].test(value) ? value : "";
  };
  return { project: claim("project"), address: claim("address"), name: claim("name") };
}

/** The same of a text that is no YAML any more: lines as limaform writes them. */
export function claimIn(text: string): ClaimedMarks {
  const lines = text.matchAll(/^[ \t]*(limaform_[a-z]+):[ \t]*"?([^"\s]+)"?[ \t]*$/gmu);
  return claimOf(Object.fromEntries([...lines].map(([, key = "", value = ""]) => [key, value])));
}

const TIME = /^(-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)$/;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;

const SLOT = /\[([1-9][0-9]*)\]$/;

/** What each mark looks like in the file. */
const FORMS: Readonly<Record<(typeof MARK_NAMES)[number], RegExp>> = {
  format: /^1$/,
  project: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  owner: /^[0-9a-f]{12}$/,
  role: /^(image|worker)$/,
  address: /^[a-z][a-z0-9]*\.[a-z][a-z0-9]*(\[[1-9][0-9]{0,8}\])?$/,
  name: NAME,
  slot: /^(0|[1-9][0-9]{0,8})$/,
  revision: /^(-|[0-9a-f]+)$/,
  image: new RegExp(`^-$|${NAME.source}`),
  sealed: TIME,
  hold: TIME,
  applied: /^(-|\d{1,4}\/\d{1,15}\/\d{1,15})$/,
};

function marksOf(textOf: (name: (typeof MARK_NAMES)[number]) => string): Marks {
  return {
    format: Number(textOf("format")),
    project: textOf("project"),
    owner: textOf("owner"),
    role: textOf("role") === "image" ? "image" : "worker",
    address: textOf("address"),
    name: textOf("name"),
    slot: Number(textOf("slot")),
    revision: textOf("revision"),
    image: textOf("image"),
    sealed: textOf("sealed"),
    hold: textOf("hold"),
    applied: sizeOf(textOf("applied")),
  };
}

function sizeOf(value: string): AppliedSize | null {
  if (value === "") return null;
  const [cpus = 0, memoryBytes = 0, diskBytes = 0] = value.split("/").map(Number);
  return { cpus, memoryBytes, diskBytes };
}

function text(value: Marks[keyof Marks]): string {
  if (value === null || value === "") return ABSENT;
  if (typeof value === "object") return `${value.cpus}/${value.memoryBytes}/${value.diskBytes}`;
  return String(value);
}

function unknown(reason: string, params: Readonly<Record<string, unknown>>): MarksReading {
  return { kind: "unknown", text: reason, claim: claimOf(params) };
}
