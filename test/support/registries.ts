import { spawnSync } from "node:child_process";

/*
 * Where this machine's own clients get their packages: tests on real VMs take tools from there, because the makers' servers
 * may not be reachable. Nothing of it is written down anywhere.
 */

const ask = (command: string, ...args: readonly string[]): string | null => {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 60_000, cwd: "/" });
  const [first = ""] = status === 0 ? stdout.trim().split(/[,|\s]/u) : [];
  return /^https?:\/\//u.test(first) ? first.replace(/\/+$/u, "") : null;
};

/** PyPI's own address where pip is set to no other. */
const INDEX = `
import pip._internal.configuration as configuration, pip._internal.models.index as index
settings = configuration.Configuration(isolated=False)
settings.load()
names = [value for key, value in settings.items() if key.endswith("index-url") and "extra" not in key]
print(names[-1] if names else index.PyPI.simple_url)`;

export interface Registries {
  readonly npm: string | null;
  readonly go: string | null;
  readonly python: string | null;
}

export const registries = (): Registries => ({
  npm: ask("npm", "config", "get", "registry"),
  go: ask("go", "env", "GOPROXY"),
  python: ask("python3", "-c", INDEX),
});
