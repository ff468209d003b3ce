import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceFiles } from "../../ports/instances.js";
import { sha256Hex } from "../../util/digest.js";
import { readPlainFile } from "../host/plain-file.js";
import { notPinned, notRunning } from "./classify.js";
import { controlFolder, NAME_LENGTH } from "./control-folder.js";
import { readLimaSsh } from "./lima-config.js";
import { renderSshConfig } from "./ssh-config.js";

/** A shared connection ends so long after its last command, or with the VM. */
const MASTER_SECONDS = 60;

export interface ConnectionOptions {
  /** Real path of LIMA_HOME. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Pick<InstanceFiles, "readHostKey">;
}

/** How to reach an instance now. The port changes with every start: never kept. */
export interface Connection {
  readonly alias: string;
  /** Text for `ssh -F`, without a shared connection. */
  readonly config: string;
  /** Arguments of ssh in front of the alias: configuration file, and the connection that all commands to it share. */
  readonly args: readonly string[];
  /** Arguments for a connection of its own that accepts and writes down an unknown host key. */
  readonly firstArgs: (keyFile: string) => readonly string[];
  readonly isPinned: boolean;
}

/**
 * Prepares a connection: our own configuration file and known-hosts file in the instance's folder (they go with it),
 * from Lima's port and the pinned key.
 *
 * Errors: GUEST_NOT_RUNNING where Lima never started it; GUEST_NOT_READY where no key is pinned and `mustBePinned`.
 */
export async function openConnection(
  options: ConnectionOptions,
  instance: string,
  mustBePinned: boolean,
): Promise<Connection> {
  const alias = `lima-${instance.replaceAll(/[._]/g, "-")}`;
  const dir = join(options.home, instance);
  const limaSsh = readLimaSsh((await readPlainFile(join(dir, "ssh.config"))) ?? "", alias);
  if (limaSsh === null) throw notRunning(instance);
  const key = await options.files.readHostKey(instance);
  if (key === null && mustBePinned) throw notPinned(instance);

  const knownHostsFile = join(dir, "limaform-known_hosts");
  const identityFile = join(options.home, "_config", "user");
  const config = renderSshConfig({ alias, ...limaSsh, identityFile, knownHostsFile });
  const configFile = join(dir, "limaform-ssh.config");
  await writeIfChanged(knownHostsFile, key === null ? "" : `${alias} ${key}\n`);
  await writeIfChanged(configFile, config);

  const folder = await controlFolder(options.env, process.getuid?.() ?? 0);
  // Of another start (port) or another machine (key) no command may ever meet it.
  const name = sha256Hex([options.home, instance, limaSsh.port, key ?? ""].join("\n")).slice(0, NAME_LENGTH);
  const controlPath = folder === null ? null : join(folder, name);
  const shared =
    controlPath === null
      ? []
      : ["-o", "ControlMaster=auto", "-o", `ControlPath=${controlPath}`, "-o", `ControlPersist=${MASTER_SECONDS}`];
  return {
    alias,
    config,
    args: ["-F", configFile, ...shared],
    firstArgs: (keyFile) => [
      ...["-F", configFile, "-o", "StrictHostKeyChecking=accept-new", "-o", `UserKnownHostsFile="${keyFile}"`],
    ],
    isPinned: key !== null,
  };
}

async function writeIfChanged(path: string, text: string): Promise<void> {
  if ((await readPlainFile(path)) === text) return;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
