import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A repository of a user on the host, with an identity and one commit. */
export interface UserRepository {
  readonly root: string;
  git(...args: string[]): Promise<string>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  commit(message: string): Promise<string>;
  close(): Promise<void>;
}

/** The environment of a user whose home is `home`. */
export function userEnvironment(home: string): Record<string, string> {
  return { HOME: home, PATH: process.env.PATH ?? "/usr/bin:/bin", GIT_CONFIG_NOSYSTEM: "1" };
}

export async function makeUserRepository(files: Readonly<Record<string, string>> = {}): Promise<UserRepository> {
  const home = await mkdtemp(join(tmpdir(), "limaform-host-"));
  const root = join(home, "project");
  await mkdir(root);
  const env = {
    ...userEnvironment(home),
    GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
    GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
  };
  const git = async (...args: string[]) =>
    (await run("git", args, { cwd: root, env, maxBuffer: 1 << 26 })).stdout.replace(/\n$/u, "");
  const write = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  await git("init", "-q", "-b", "main");
  await git("config", "user.name", "Uma User");
  await git("config", "user.email", "uma@example.org");
  const commit = async (message: string) => {
    await git("add", "-A");
    await git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  for (const [path, content] of Object.entries({ "README.md": "# project\n", ...files })) await write(path, content);
  await commit("first");
  return { root, git, write, commit, close: () => rm(home, { recursive: true, force: true, maxRetries: 5 }) };
}
