import { LimaformError, UsageError } from "../errors/errors.js";
import { toErrorDocument } from "../events/error-document.js";
import type { ErrorDocument } from "../events/event.js";
import { relativePath } from "../util/relative-path.js";
import { diagnosticsIn, renderDiagnostics } from "../views/human/diagnostics.js";
import { renderError } from "../views/human/problem.js";
import { renderJson } from "../views/json.js";
import { paintFor } from "../views/paint.js";
import type { PrintedError } from "./documents.js";
import type { Runtime } from "./runtime.js";

/**
 * Shows an error: one JSON document on stdout with `--json`, else words on stderr. `help` is the command that says how to
 * type what was typed wrongly, where the error itself names nothing to do.
 */
export function reportError(runtime: Runtime, error: unknown, argv: readonly string[], help = "limaform help"): void {
  const found = toErrorDocument(error);
  const document = found.hint === "" && error instanceof UsageError ? { ...found, hint: help } : found;
  const printed: PrintedError = { format: "limaform.error", version: 1, ...document };
  if (wantsJson(argv)) runtime.stdout.write(renderJson(printed));
  else runtime.stderr.write(errorText(runtime, error, document));
}

/** Known before flags are parsed, because a parse error is a document too. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

function errorText(runtime: Runtime, error: unknown, document: ErrorDocument): string {
  const paint = paintFor(runtime.stderr);
  const diagnostics = diagnosticsIn(document.details);
  if (diagnostics.length > 0) {
    const label = (file: string) => relativePath(runtime.cwd, file);
    return renderDiagnostics(diagnostics, { source: runtime.readText, label, next: document.hint }, paint);
  }
  const because = error instanceof LimaformError ? causesOf(error) : [];
  const stack = error instanceof LimaformError || !(error instanceof Error) ? "" : `${error.stack ?? ""}\n`;
  return stack + renderError({ ...document, because }, paint);
}

function causesOf(error: Error): readonly string[] {
  const { cause } = error;
  if (!(cause instanceof Error)) return [];
  // What the system said stands in our words already.
  const isSaid = "code" in cause && typeof cause.code === "string" && error.message.includes(cause.code);
  return [...(isSaid ? [] : [cause.message]), ...causesOf(cause)];
}
