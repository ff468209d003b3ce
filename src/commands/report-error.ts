import { LimaformError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import { relativePath } from "../util/relative-path.js";
import { diagnosticsIn, renderDiagnostics } from "../views/human/diagnostics.js";
import { renderError } from "../views/human/problem.js";
import { renderJson } from "../views/json.js";
import { type Paint, paintFor } from "../views/paint.js";
import type { Runtime } from "./runtime.js";

/** Shows an error: one JSON document on stdout with `--json`, else words on stderr. */
export function reportError(runtime: Runtime, error: unknown, argv: readonly string[]): void {
  const document = toErrorDocument(error);
  if (wantsJson(argv)) runtime.stdout.write(renderJson({ format: "limaform.error", version: 1, ...document }));
  else runtime.stderr.write(errorText(runtime, error, paintFor(runtime.stderr)));
}

/** Known before flags are parsed, because a parse error is a document too. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

function errorText(runtime: Runtime, error: unknown, paint: Paint): string {
  const document = toErrorDocument(error);
  const diagnostics = diagnosticsIn(document.details);
  if (diagnostics.length > 0) {
    const label = (file: string) => relativePath(runtime.cwd, file);
    return renderDiagnostics(diagnostics, { source: runtime.readText, label }, paint);
  }
  const because = error instanceof LimaformError ? causesOf(error) : [];
  const stack = error instanceof LimaformError || !(error instanceof Error) ? "" : `${error.stack ?? ""}\n`;
  return stack + renderError({ ...document, because }, paint);
}

function causesOf(error: Error): readonly string[] {
  return error.cause instanceof Error ? [error.cause.message, ...causesOf(error.cause)] : [];
}
