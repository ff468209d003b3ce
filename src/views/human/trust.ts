import type { TrustDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";

/** What the spec wants to use outside its repository, and where it says so. */
export function renderTrust(document: TrustDocument, paint: Paint): string {
  return `The spec of ${document.project} names files outside its repository. Nothing of them was read yet:\n\n${fileLines(document, paint)}\n`;
}

export function renderTrusted(document: TrustDocument, paint: Paint): string {
  if (document.files.length === 0) return "The spec names no file outside its repository; there is nothing to trust.\n";
  const head = `Trusted: ${escapeLine(document.ownerPath)} may use, as ${document.project}:\n`;
  return `${head}${fileLines(document, paint)}`;
}

function fileLines({ files }: TrustDocument, paint: Paint): string {
  return files
    .map(({ key, path, file, place }) => {
      const leads = path === file ? "" : ` → ${escapeLine(file)}`;
      return `  ${escapeLine(path)}${leads}  ${paint.dim(`${key}, ${escapeLine(place)}`)}\n`;
    })
    .join("");
}
