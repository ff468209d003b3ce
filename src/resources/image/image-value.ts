import type { Json, JsonObject } from "../../util/json.js";
import { nearest } from "../../util/nearest.js";
import { quoteText } from "../../util/quote.js";
import type { SpecFinding } from "../kind.js";

/** Names that `vm.image` may have. Where they come from is in `named-images.ts`. */
export const IMAGE_NAMES = ["debian-13", "debian-12", "ubuntu-24.04", "ubuntu-26.04"] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** One architecture's image as the spec's table has it. */
export type ImageTable = {
  readonly location: string;
  readonly arch?: "x86_64" | "aarch64";
  readonly digest?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly cmdline?: string;
};

type Path = readonly (string | number)[];

/** What the schema of `vm.image` cannot say: what a text is, digests of URLs, one table per architecture. */
export function checkImage(value: Json, values: JsonObject): readonly SpecFinding[] {
  if (typeof value === "string") return checkText(value);
  const isList = Array.isArray(value);
  const tables = (isList ? value : [value]) as readonly ImageTable[];
  const at = (index: number): Path => (isList ? [index] : []);
  return [
    ...tables.flatMap((table, index) => checkTable(table, at(index))),
    ...checkArchitectures(tables, at),
    ...checkWanted(tables, values["vm.arch"]),
  ];
}

function checkText(text: string): readonly SpecFinding[] {
  if (isName(text)) return [];
  if (text.includes("://")) return checkUrl(text, undefined, []);
  if (text.includes("/")) return [];
  const near = nearest(text, IMAGE_NAMES);
  return [
    {
      severity: "error",
      code: "SPEC_INVALID_VALUE",
      text: `vm.image: no image has the name ${quoteText(text)}; there are ${IMAGE_NAMES.join(", ")}`,
      hint: near === null ? `for a file of that name write ${quoteText(`./${text}`)}` : `did you mean "${near}"?`,
    },
  ];
}

const isName = (text: string): boolean => (IMAGE_NAMES as readonly string[]).includes(text);

function checkTable(table: ImageTable, path: Path): readonly SpecFinding[] {
  const { location, digest } = table;
  const place = [...path, "location"];
  if (location.includes("://")) return checkUrl(location, digest, place);
  if (location.includes("/")) return [];
  return [
    {
      severity: "error",
      code: "SPEC_INVALID_VALUE",
      path: place,
      text: `vm.image.location: expected a path or URL, found the string ${quoteText(location)}`,
      hint: isName(location)
        ? `for the image of that name write vm.image = "${location}"`
        : `for a file of that name write ${quoteText(`./${location}`)}`,
    },
  ];
}

function checkUrl(url: string, digest: string | undefined, path: Path): readonly SpecFinding[] {
  if (!/^https?:\/\/[^/\s]+/.test(url)) {
    return [
      {
        severity: "error",
        code: "SPEC_INVALID_VALUE",
        path,
        text: `vm.image: expected an http:// or https:// URL, found the string ${quoteText(url)}`,
        hint: "for a file of this host write its path alone",
      },
    ];
  }
  if (digest !== undefined) return [];
  return [
    {
      severity: "warning",
      path,
      text: "vm.image is a URL without a digest: what it serves can change unnoticed",
      hint: 'write vm.image = { location = "…", digest = "sha256:…" }',
    },
  ];
}

/** Several tables are told apart by `arch` alone. */
function checkArchitectures(tables: readonly ImageTable[], at: (index: number) => Path): readonly SpecFinding[] {
  if (tables.length < 2) return [];
  return tables.flatMap((table, index): SpecFinding[] => {
    const first = tables.findIndex((other) => other.arch === table.arch);
    if (table.arch !== undefined && first === index) return [];
    const text =
      table.arch === undefined
        ? "vm.image: arch is missing, and there are several tables"
        : `vm.image: a second table for ${table.arch}`;
    return [
      {
        severity: "error",
        path: at(index),
        text,
        hint: 'give each table its own arch ("x86_64" or "aarch64")',
      },
    ];
  });
}

function checkWanted(tables: readonly ImageTable[], arch: Json | undefined): readonly SpecFinding[] {
  if (typeof arch !== "string" || arch === "auto") return [];
  if (tables.some((table) => table.arch === undefined || table.arch === arch)) return [];
  return [
    {
      severity: "error",
      text: `vm.image has no table for vm.arch = "${arch}"`,
      hint: `add a table with arch = "${arch}"`,
    },
  ];
}
