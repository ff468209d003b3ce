/** One line of `--out-format='%i %n'`. `name`: bytes, as rsync's own escapes stand for them. */
export type ItemisedLine =
  | {
      readonly kind: "entry";
      readonly type: "file" | "folder" | "link" | "other";
      readonly name: Buffer;
      readonly change: ItemisedChange;
    }
  /** Anything else that rsync said, such as a file of a sort that it passed over. */
  | { readonly kind: "message"; readonly text: string };

export type ItemisedChange = "new" | "content" | "attributes" | "none";

const TYPES: Readonly<Record<string, "file" | "folder" | "link">> = { f: "file", d: "folder", L: "link" };

/**
 * Reads a line that was printed with LC_ALL=C: eleven characters, a blank, the name with `\#ooo` for odd bytes.
 *
 * Source: rsync(1), `--itemize-changes`; a literal backslash before `#` comes as `\#134`.
 */
export function readItemised(line: string): ItemisedLine {
  const [, update = "", type = "", flags = "", name = ""] = /^([<>ch.])([fdLDS])(.{9}) (.*)$/su.exec(line) ?? [];
  if (update === "") return { kind: "message", text: line };
  return { kind: "entry", type: TYPES[type] ?? "other", name: decodeName(name), change: changeOf(update, flags) };
}

function changeOf(update: string, flags: string): ItemisedChange {
  if (flags.startsWith("+")) return "new";
  if (update === "<" || update === ">" || update === "c") return "content";
  return flags.trim().replaceAll(".", "") === "" ? "none" : "attributes";
}

function decodeName(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const escaped = bytes.toString("latin1");
  return Buffer.from(
    escaped.replaceAll(/\\#([0-3][0-7]{2})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    "latin1",
  );
}
