import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../../src/util/digest.js";
import { CLI, PROJECT, worker } from "../program.js";

/* A user's home on the fake limactl, made once and copied for each situation. */

const FAKE_BIN = fileURLToPath(new URL("../../fixtures/fake-lima/bin", import.meta.url));
export const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";
export const OTHER_ARCH = ARCH === "x86_64" ? "aarch64" : "x86_64";

export const SPEC = `# The fleet of the shop.
project = "shop"
workers = 2

[vm]
cpus = 1
memory = "512MiB"
disk = "16MiB"
image = { location = "./base.img", arch = "${ARCH}" }
`;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where one situation takes place. Everything may be changed: it is a copy, and gone afterwards. */
export interface Place {
  /** Holds all the others. */
  readonly folder: string;
  /** The user's HOME. */
  readonly user: string;
  /** LIMA_HOME. */
  readonly home: string;
  readonly root: string;
  readonly state: string;
  readonly env: Record<string, string>;
  /** Replaces the spec's text. */
  spec(text: string | Buffer): void;
  edit(from: string | RegExp, to: string): void;
  /** A file by its path from the user's HOME. */
  write(path: string, text: string): void;
  git(...args: readonly string[]): string;
  /** Faults of the fake limactl. */
  faults(...list: readonly object[]): void;
  /** A shell script in front of the real program. */
  program(name: string, script: string): void;
  /** Takes programs away. */
  without(...names: readonly string[]): void;
  /** Runs the built program, for what came before. */
  limaform(...argv: readonly string[]): Promise<Outcome>;
  /** Code that runs in limaform before its own, for what only another user or system has. */
  preload(code: string): void;
}

export interface Template {
  /** True where all situations meet in one place, so that only one may be under way. */
  readonly isShared: boolean;
  copy(): Place;
  close(): void | Promise<void>;
}

/** One fleet with a running worker. Nothing changes it, so that all situations share it, one after another. */
export async function makeFleet(): Promise<Template> {
  const folder = realpathSync(mkdtempSync("/tmp/lff."));
  mkdirSync(join(folder, "uma", "shop"), { recursive: true });
  mkdirSync(join(folder, "uma", ".lima"), { mode: 0o700 });
  const place = makeRepository(folder, SPEC.replace('"shop"', `"${PROJECT}"`).replace("workers = 2", "workers = 1"));
  place.faults();
  const applied = await place.limaform("apply", "--yes");
  if (applied.code !== 0) throw new Error(`the fleet cannot be made: ${applied.stdout}${applied.stderr}`);
  const spec = readFileSync(join(place.root, "limaform.toml"));
  const config = readFileSync(join(place.home, worker(1), "lima.yaml"));
  return {
    isShared: true,
    copy() {
      place.spec(spec);
      writeFileSync(join(place.home, worker(1), "lima.yaml"), config);
      return placeAt(folder);
    },
    async close() {
      place.spec(spec);
      await placeAt(folder).limaform("destroy", "--yes", "--discard-work", "worker.default[1]");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A repository with a spec and a LIMA_HOME in which `plan` has been once. */
export async function makeTemplate(): Promise<Template> {
  const all = realpathSync(mkdtempSync("/tmp/lfm."));
  const first = join(all, "0");
  mkdirSync(join(first, "uma", "shop"), { recursive: true });
  mkdirSync(join(first, "uma", ".lima"), { mode: 0o700 });
  const place = makeRepository(first, SPEC);
  // Whatever a case starts ends with this process.
  place.faults();
  const planned = await place.limaform("plan");
  if (planned.code !== 0) throw new Error(`the template cannot be planned: ${planned.stdout}${planned.stderr}`);
  let count = 0;
  return {
    isShared: false,
    copy() {
      count += 1;
      const folder = join(all, String(count));
      execFileSync("cp", ["-a", first, folder]);
      return placeAt(folder);
    },
    close() {
      // Folders that nobody may look into are part of some situations.
      execFileSync("find", [all, "-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx", "{}", ";"]);
      rmSync(all, { recursive: true, force: true });
    },
  };
}

function makeRepository(folder: string, spec: string): Place {
  const place = placeAt(folder);
  writeFileSync(join(place.root, "base.img"), Buffer.alloc(65_536, 7));
  writeFileSync(join(place.root, "README.md"), "# shop\n");
  place.spec(spec);
  place.git("init", "-q", "-b", "main");
  place.git("config", "user.name", "Uma User");
  place.git("config", "user.email", "uma@example.org");
  place.git("add", "-A");
  place.git("commit", "-q", "-m", "first");
  return place;
}

function placeAt(folder: string): Place {
  const user = join(folder, "uma");
  const root = join(user, "shop");
  const home = join(user, ".lima");
  const bin = join(folder, "bin");
  const node = dirname(process.execPath);
  const env: Record<string, string> = {
    PATH: [bin, FAKE_BIN, node, process.env.PATH ?? "/usr/bin:/bin"].join(delimiter),
    HOME: user,
    LANG: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    XDG_RUNTIME_DIR: "",
    // No KVM probe.
    QEMU_SYSTEM_X86_64: "qemu-system-x86_64 -machine q35 -accel kvm",
    QEMU_SYSTEM_AARCH64: "qemu-system-aarch64 -machine virt -accel kvm",
  };
  const specFile = join(root, "limaform.toml");
  const place: Place = {
    ...{ folder, user, home, root, env },
    state: join(home, "_limaform", "shop"),
    spec: (text) => writeFileSync(specFile, text),
    edit(from, to) {
      const text = readFileSync(specFile, "utf8");
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`the spec has no ${from}`);
      writeFileSync(specFile, edited);
    },
    write(path, text) {
      mkdirSync(dirname(join(user, path)), { recursive: true });
      writeFileSync(join(user, path), text);
    },
    git: (...args) => execFileSync("git", args, { cwd: root, env, encoding: "utf8" }),
    faults(...faults) {
      mkdirSync(join(home, "_fake"), { recursive: true });
      writeFileSync(join(home, "_fake", "config.json"), JSON.stringify({ ownerPid: process.pid, faults }));
    },
    program(name, script) {
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    },
    without(...names) {
      mkdirSync(bin, { recursive: true });
      for (const dir of (env.PATH ?? "").split(delimiter).filter((path) => path !== bin && existsSync(path))) {
        for (const name of readdirSync(dir).filter((entry) => !names.includes(entry))) {
          if (!existsSync(join(bin, name))) symlinkSync(join(dir, name), join(bin, name));
        }
      }
      env.PATH = bin;
    },
    limaform: (...argv) => runIn(place, argv),
    preload(code) {
      const file = join(folder, "preload.mjs");
      writeFileSync(file, code);
      env.NODE_OPTIONS = `--import=${file}`;
    },
  };
  return place;
}

/** Starts the built program and gives what came of it; `null` where a signal ended it. */
export function runIn(place: Place, argv: readonly string[], cwd = place.root): Promise<Outcome> {
  const child = spawn(process.execPath, [CLI, ...argv], { cwd, env: place.env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => setTimeout(() => resolve({ code, ...texts }), 20));
  });
}

/** Caches of what was read, and what the fake keeps for itself: a command that changes nothing may write them. */
const CACHES = /^\/\.lima\/(_fake(\/.*)?|_limaform(\/host\.json|\/[^/]+(\/(file-digests|own-files)\.json)?)?)$/;

/** Everything below a folder, by path: folders, links and digests of files. */
export function everythingIn(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    const stats = lstatSync(path);
    const name = path.slice(folder.length);
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isDirectory()) {
      if (!CACHES.test(name)) found[name] = `folder ${mode}`;
      if ((stats.mode & 0o500) !== 0o500) return;
      for (const entry of readdirSync(path)) visit(join(path, entry));
    } else if (!CACHES.test(name)) {
      if (stats.isSymbolicLink()) found[name] = `link ${readlinkSync(path)}`;
      else if (stats.isFile() && (stats.mode & 0o400) !== 0) {
        // Git renews the time of objects that it would write and finds there.
        const time = name.includes("/.git/objects/") ? "" : stats.mtimeMs;
        found[name] = `file ${mode} ${time} ${sha256Hex(readFileSync(path).toString("latin1"))}`;
      } else found[name] = `other ${mode} ${stats.size}`;
    }
  };
  visit(folder);
  return found;
}
