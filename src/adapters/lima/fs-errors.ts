/** Code of a file system error (`ENOENT`); null for anything that is none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("E")
    ? error.code
    : null;
}

/** The value, or `otherwise` where the file or folder is not there. Every other error goes on. */
export async function orIfAbsent<T, U>(value: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await value;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return otherwise;
    throw error;
  }
}
