import type { Readable } from "node:stream";
/** Commands inside an instance, over SSH with a pinned host key. */
export interface GuestCommand {
  /** Argument vector; the adapter quotes it for the remote shell. */
  readonly argv: readonly string[];
  /** Given on standard input; closed afterwards. */
  readonly stdin?: string | Uint8Array | Readable;
  /** Runs as root through `sudo -n`. */
  readonly asRoot?: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Name of a systemd scope (without its ending) that the command and all it starts belong to. When the call is aborted or
   * out of time, all of that is ended in the guest before the call ends. Without a name only the connection is closed.
   */
  readonly unit?: string;
}

export interface GuestOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Called when the command is on its way. */
  readonly onStart?: () => void;
  /** Called per line of stdout and stderr, already escaped for a terminal. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Chunks of stdout as they come; it is then not in the result. */
  readonly onStdout?: (chunk: Uint8Array) => void;
  /** Larger output is cut, and the result says so. Default 1 MiB. */
  readonly maxOutputBytes?: number;
}

export interface GuestResult {
  /** 0 … 254; ssh's own 255 is thrown as GUEST_UNREACHABLE. */
  readonly exitCode: number;
  /** Raw text of a hostile machine: escape before showing. */
  readonly stdout: string;
  readonly stderr: string;
  readonly isCut: boolean;
}

/** Errors: GUEST_UNREACHABLE (transient), GUEST_HOST_KEY_CHANGED, GUEST_TIMED_OUT, GUEST_NOT_RUNNING. */
export interface Guest {
  /** A non-zero exit code is a result, not an error. */
  exec(instance: string, command: GuestCommand, options: GuestOptions): Promise<GuestResult>;
  /** Waits until SSH answers and cloud-init is through; pins the host key at the first time. */
  waitReady(instance: string, options: GuestOptions & { readonly report: (text: string) => void }): Promise<void>;
  /** Interactive shell or command with the terminal's own streams; returns the exit code. */
  openShell(instance: string, argv: readonly string[], cwd: string | null): Promise<number>;
  /** Text for `ssh -F`: one Host block with all options of ours. */
  sshConfig(instance: string): Promise<string>;
  /** Value for GIT_SSH_COMMAND / rsync -e and the host alias to use with it. */
  sshCommand(instance: string): Promise<{ readonly command: string; readonly host: string }>;
}
