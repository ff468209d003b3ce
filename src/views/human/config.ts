import type { ConfigDocument } from "../../app/app.js";
import type { Origin } from "../../resources/kind.js";
import type { Json } from "../../util/json.js";
import type { Paint } from "../paint.js";
import { padTo, widthOf } from "./width.js";

/** The resolved values as lines of TOML; with origins, where each one comes from. */
export function renderConfig(document: ConfigDocument, withOrigins: boolean, paint: Paint): string {
  const lines = Object.keys(document.values)
    .filter((key) => document.values[key] !== null)
    .sort()
    .map((key) => ({ key, text: `${key} = ${tomlValue(document.values[key] ?? null)}` }));
  const width = Math.min(60, Math.max(0, ...lines.map((line) => widthOf(line.text))));
  return lines
    .map(({ key, text }) => {
      const origin = document.origins[key];
      if (!withOrigins || origin === undefined) return `${text}\n`;
      return `${padTo(text, width)}  ${paint.dim(`# ${originText(origin)}`)}\n`;
    })
    .join("");
}

function originText(origin: Origin): string {
  switch (origin.layer) {
    case "default":
      return "default";
    case "environment":
      return origin.variable;
    case "flag":
      return origin.flag;
    default:
      return `${origin.file}:${origin.line}:${origin.column}`;
  }
}

/** JSON's strings, numbers and lists are TOML's too; tables differ in their `=`. */
function tomlValue(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => tomlValue(item)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(
    ([key, item]) => `${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)} = ${tomlValue(item)}`,
  );
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}
