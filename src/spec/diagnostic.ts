import { SpecError } from "../errors/errors.js";
import { compareText } from "../util/compare.js";

/**
 * One problem of a spec, in its place.
 *
 * Shape: `file` is the absolute path, or words for a source without lines ("environment variable LIMAFORM_WORKERS").
 * Units: `line` and `column` count from 1; both are 0 where there are no lines.
 */
export interface Diagnostic {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

/** `order` tells the sources apart: the spec first. `label` is the file's name as people read it. */
export interface PlacedDiagnostic extends Diagnostic {
  readonly order: number;
  readonly label: string;
}

/** `limaform.toml:3:7`, or the source's name where it has no lines. */
export function showPlace(place: Pick<PlacedDiagnostic, "label" | "line" | "column">): string {
  return place.line === 0 ? place.label : `${place.label}:${place.line}:${place.column}`;
}

/** One line per problem: place, message, hint. */
export function showDiagnostic(diagnostic: PlacedDiagnostic): string {
  const hint = diagnostic.hint === "" ? "" : ` (${diagnostic.hint})`;
  return `${showPlace(diagnostic)}: ${diagnostic.message}${hint}`;
}

export function sortDiagnostics(diagnostics: readonly PlacedDiagnostic[]): readonly PlacedDiagnostic[] {
  return [...diagnostics].sort(
    (left, right) =>
      left.order - right.order ||
      compareText(left.file, right.file) ||
      left.line - right.line ||
      left.column - right.column ||
      compareText(left.message, right.message),
  );
}

const MAX_LINES = 50;

/**
 * All problems in one error; of very many the message shows the first. `validate` is the command that looks again.
 *
 * Errors: SPEC_INVALID with `details.diagnostics`.
 */
export function specError(unsorted: readonly PlacedDiagnostic[], validate = "limaform validate"): SpecError {
  const diagnostics = sortDiagnostics(unsorted);
  const lines = diagnostics.slice(0, MAX_LINES).map(showDiagnostic);
  if (diagnostics.length > MAX_LINES) lines.push(`and ${diagnostics.length - MAX_LINES} more`);
  const message = lines.length === 1 ? (lines[0] ?? "") : [`${diagnostics.length} problems:`, ...lines].join("\n  ");
  return new SpecError("SPEC_INVALID", message, {
    hint: `correct this, then: ${validate}`,
    details: {
      diagnostics: diagnostics.map(({ code, file, line, column, message, hint }) => ({
        code,
        file,
        line,
        column,
        message,
        hint,
      })),
    },
  });
}
