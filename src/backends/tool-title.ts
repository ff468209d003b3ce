import type { JsonObject } from "../util/json.js";

const TELLING = ["command", "cmd", "file_path", "filePath", "path", "pattern", "query", "url", "description"];
const LONGEST = 200;

/** What a tool was called with, in one short line: its command or file where it has one. */
export function titleOf(input: JsonObject | null): string {
  if (input === null) return "";
  const telling = TELLING.map((key) => input[key]).find((value) => typeof value === "string" && value !== "");
  return (
    String(telling ?? "")
      .split("\n", 1)[0]
      ?.slice(0, LONGEST) ?? ""
  );
}
