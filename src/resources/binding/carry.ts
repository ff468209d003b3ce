/** Path of the spec inside the work tree; the spec is always in it or below. */
export function specPathIn(root: string, specFile: string): string {
  return specFile.startsWith(`${root}/`) ? specFile.slice(root.length + 1) : specFile;
}
