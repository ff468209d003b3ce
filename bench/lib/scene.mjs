/* What benches of the built program stand on: a repository with a spec, a LIMA_HOME, an environment of their own. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";

/** The command line of the built program, as the launcher would start it: this Node, the built entry. */
export const LIMAFORM = [process.execPath, join(ROOT, "dist/cli.js")];

/**
 * Hands a folder with a repository, a LIMA_HOME and a `bin` that is first on the PATH to `use`, and removes it.
 *
 * `limactl`: text of a script to put there under that name; null = the real one of the PATH. `isRepository`: false = the
 * spec lies in a plain folder, and no code goes into workers.
 */
export async function withScene({ workers, limactl, isRepository = true }, use) {
  if (process.geteuid?.() === 0) throw new Error("Lima does not run as root; use: make bench");
  // Short: the paths of sockets under it are limited.
  const folder = await realpath(await mkdtemp("/tmp/lfb."));
  try {
    const [home, root, user, bin, temporary] = ["lima", "shop", "user", "bin", "tmp"].map((name) => join(folder, name));
    for (const path of [home, root, user, bin, temporary]) await mkdir(path, { mode: 0o700 });
    if (limactl !== null) {
      await writeFile(join(bin, "limactl"), limactl);
      await chmod(join(bin, "limactl"), 0o755);
    }
    const env = {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH ?? "/usr/bin:/bin"}`,
      HOME: user,
      LANG: "C.UTF-8",
      LIMA_HOME: home,
      TMPDIR: temporary,
      GIT_CONFIG_NOSYSTEM: "1",
      // No KVM is tried out.
      QEMU_SYSTEM_X86_64: "qemu-system-x86_64 -machine q35 -accel kvm",
      QEMU_SYSTEM_AARCH64: "qemu-system-aarch64 -machine virt -accel kvm",
    };
    await writeFile(join(root, "base.img"), Buffer.alloc(65_536, 7));
    await writeFile(join(root, "limaform.toml"), specText(workers));
    const git = (...args) => execFileSync("git", args, { cwd: root, env, stdio: "ignore" });
    if (isRepository) {
      git("init", "-q", "-b", "main");
      git("add", "-A");
      git("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "commit", "-q", "-m", "first");
    }
    return await use({ folder, home, root, bin, env });
  } finally {
    // Commands of its workers, which end with it, may still write.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

function specText(workers) {
  return [
    'project = "bench"',
    `workers = ${workers}`,
    "[vm]",
    'cpus = 1\nmemory = "512MiB"\ndisk = "16MiB"',
    `image = { location = "./base.img", arch = "${ARCH}" }`,
    "",
  ].join("\n");
}
