/** What Lima wrote about the last start of an instance. */
export interface LimaSsh {
  readonly user: string;
  readonly port: number;
}

/**
 * Reads Lima's `ssh.config`; null where it is of another instance (a clone that never started has its source's) or not
 * understood.
 *
 * Source: reference/lima.md §7.1, §4.3.
 */
export function readLimaSsh(text: string, alias: string): LimaSsh | null {
  const host = /^\s*Host\s+(\S+)\s*$/m.exec(text)?.[1];
  const user = /^\s*User\s+"?([A-Za-z_][A-Za-z0-9_.-]*)"?\s*$/m.exec(text)?.[1];
  const port = Number(/^\s*Port\s+(\d{1,5})\s*$/m.exec(text)?.[1]);
  if (host !== alias || user === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return null;
  return { user, port };
}
