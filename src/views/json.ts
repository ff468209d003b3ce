/** What `--json` prints: one document, indented, with a line end. */
export function renderJson(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
