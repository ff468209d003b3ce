import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

export interface Import {
  /** Path from `src/` for files of ours (`plan/document.ts`), else the package or Node module as written. */
  readonly target: string;
  readonly isOurs: boolean;
  /** True where nothing of it is left at run time. */
  readonly isType: boolean;
  readonly names: readonly string[];
  readonly line: number;
}

export interface SourceFile {
  /** From `src/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const ROOT = fileURLToPath(new URL("../../../src/", import.meta.url));

/** All files of `src/`, sorted, with what they import (static, dynamic and re-exported). */
export function sourceFiles(): readonly SourceFile[] {
  return readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => readSource(path, readFileSync(join(ROOT, path), "utf8")));
}

/** Parses one file; `path` is from `src/`. */
export function readSource(path: string, text: string): SourceFile {
  const { module } = parseSync(path, text);
  const place = (start: number) => text.slice(0, start).split("\n").length;
  const imports = module.staticImports.map((entry) =>
    toImport(path, {
      source: entry.moduleRequest.value,
      isType: entry.entries.length > 0 && entry.entries.every((item) => item.isType),
      names: entry.entries.map((item) => item.importName.name ?? "*"),
      line: place(entry.start),
    }),
  );
  const exports = module.staticExports.flatMap((entry) => {
    const from = entry.entries.filter((item) => item.moduleRequest != null);
    const first = from[0]?.moduleRequest;
    if (first == null) return [];
    const isType = from.every((item) => item.isType);
    const names = from.map((item) => item.importName.name ?? "*");
    return [toImport(path, { source: first.value, isType, names, line: place(entry.start) })];
  });
  const dynamic = module.dynamicImports.flatMap((entry) => {
    const source = /^["'`](.*)["'`]$/s.exec(text.slice(entry.moduleRequest.start, entry.moduleRequest.end))?.[1];
    if (source === undefined) return [];
    // `import("x").Y` in a type is no import expression and does not come here.
    return [toImport(path, { source, isType: false, names: ["*"], line: place(entry.start) })];
  });
  return { path, text, imports: [...imports, ...exports, ...dynamic] };
}

function toImport(
  path: string,
  raw: { source: string; isType: boolean; names: readonly string[]; line: number },
): Import {
  const { source, ...rest } = raw;
  if (!source.startsWith(".")) return { target: source, isOurs: false, ...rest };
  const target = normalize(join(dirname(path), source))
    .replaceAll("\\", "/")
    .replace(/\.js$/, ".ts");
  return { target, isOurs: true, ...rest };
}
