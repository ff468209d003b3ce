import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBackSync } from "../../src/adapters/git/back.js";
import { BACK_SCRIPT, READ_BACK_SCRIPT } from "../../src/adapters/git/back-script.js";
import type { ReceiveLimits } from "../../src/adapters/git/collect.js";
import { IGNORED_SCRIPT } from "../../src/adapters/git/ignored-script.js";
import { LimaformError } from "../../src/errors/errors.js";
import type { BackOffer } from "../../src/ports/back.js";
import type { Guest, GuestResult } from "../../src/ports/guest.js";
import { CATEGORIES } from "../../src/review/categories.js";
import { type Build, buildAttack } from "../support/attacks.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";
import { digestOf } from "../support/digest-tree.js";

/** A person who says yes to everything: then only what may never be done is not done. */
export const YES_TO_ALL = { allow: [], deletions: true, reviewed: true };

/** Everything that can be said by name. Forged trees lack what the worker was given, and that is not what is tried. */
const YES_BY_NAME = { allow: CATEGORIES, deletions: false, reviewed: false };
/** What is told first. */
const RANKS = ["refused", "conflict", "taken", "takeable", "waits", "same"];

/** One host with a repository, keys in its home and a second worker's quarantine; one worker that is hostile. */
export async function makeHostileScene(files: Readonly<Record<string, string>> = {}) {
  const scene = await makeCodeScene({ "src/a.txt": "a\n", "src/b.txt": "b\n", ...files });
  const home = join(scene.user.root, "..");
  await mkdir(join(home, ".ssh"));
  await writeFile(join(home, ".ssh/id_ed25519"), "the user's key\n", { mode: 0o600 });
  const { base: commit } = await scene.push();
  await scene.quarantines.open("other-worker", scene.user.root, options());
  const base = {
    commit,
    tree: await scene.user.git("rev-parse", "HEAD^{tree}"),
    blob: await scene.user.git("rev-parse", "HEAD:README.md"),
  };
  let count = 0;
  return {
    ...scene,
    home,
    base,
    /** Repository, its .git, the home and the quarantines of others; without what an attack may honestly have brought. */
    surroundings: (except: readonly string[] = []) =>
      digestOf(
        [home, join(scene.state, "quarantine/other-worker.git")],
        except.map((path) => join(scene.user.root, path)),
      ),
    /** Puts the worker's and the host's files back. */
    async reset() {
      await scene.guest.sh(
        `cd project && chmod -R u+rwX . && rm -f .git/index .git/objects/info/alternates .git/hooks/post-index-change &&
        git replace -d $(git replace) >/dev/null 2>&1; git config --unset core.fsmonitor; git config --remove-section filter.x;
        git checkout -qf main && git reset -q --hard ${commit} && git clean -qffdx`,
      );
      await scene.user.git("reset", "-q", "--hard");
      await scene.user.git("clean", "-qfdx");
    },
    work: (script: string) => scene.guest.sh(`cd project && ${script}`),
    /** The real worker's files, with consent to everything. */
    pull: (more: Parameters<CodeScene["pull"]>[0] = {}) => told(() => scene.pull(more, YES_TO_ALL)),
    /** Another program answers in the worker's place. */
    async pullFrom(
      answer: (script: string, args: readonly string[]) => Promise<string> | string,
      limits?: ReceiveLimits,
    ) {
      const exec: Guest["exec"] = async (_instance, command, { signal }): Promise<GuestResult> => {
        signal.throwIfAborted();
        const stdout = await answer(command.argv[2] ?? "", command.argv.slice(4));
        return { exitCode: 0, stdout, stderr: "", isCut: false };
      };
      const { git, store, quarantines } = scene;
      const guest = { ...scene.guest, exec };
      const back = createBackSync({
        git,
        guest,
        store,
        quarantines,
        env: {},
        ...(limits === undefined ? {} : { limits }),
      });
      return told(async () =>
        (await back.look(scene.backRequest(), { ...options(), timeoutMs: 20_000 })).take(YES_BY_NAME, options()),
      );
    },
    /** Objects forged byte by byte, sent as the worker's files. */
    async pullForged(build: Build, limits?: ReceiveLimits) {
      count += 1;
      const name = `attack-${count}.git`;
      const alternates = `${scene.guest.home}/project/.git/objects`;
      await scene.guest.sh(`git init -q --bare ${name}; echo ${alternates} > ${name}/objects/info/alternates`);
      const { tip, pack, announced } = await buildAttack(join(scene.guest.home, name), build, base);
      return this.pullFrom((script, args) => {
        const inline = announced <= 512 * 1024 && announced > 0;
        if (script === BACK_SCRIPT) {
          return `tip ${tip}\nlarge 0\npack ${announced}\n${inline ? `${pack.toString("base64")}\n` : ""}end\n`;
        }
        if (script !== READ_BACK_SCRIPT) return "";
        const [offset = 0, length = 0] = args.slice(-2).map(Number);
        return pack.subarray(offset, offset + length).toString("base64");
      }, limits);
    },
    /** The worker's own files that git ignores, by an ssh that lies, or by a client that was fooled. */
    async pullIgnored({ lie = {}, client = null, listing = null, limits, timeoutMs = 60_000 }: IgnoredAttack) {
      const { git, store, quarantines } = scene;
      await rm(join(scene.state, "ignored"), { recursive: true, force: true });
      const shown = JSON.stringify({ cwd: scene.guest.home, ...lie });
      const program = join(scene.guest.home, "lying-ssh");
      const quoted = [process.execPath, LYING_RSYNC, shown].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      await writeFile(program, `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`, { mode: 0o755 });
      const exec: Guest["exec"] = async (instance, command, call) =>
        listing !== null && command.argv[2] === IGNORED_SCRIPT
          ? { exitCode: 0, stdout: `${listing.map((line) => `${line}\0`).join("")}end\0`, stderr: "", isCut: false }
          : scene.guest.exec(instance, command, call);
      const guest = { ...scene.guest, exec, sshCommand: async () => ({ command: program, host: "guest" }) };
      const bin = join(scene.guest.home, "bin");
      await mkdir(bin, { recursive: true });
      if (client === null) await rm(join(bin, "rsync"), { force: true });
      else await writeFile(join(bin, "rsync"), fooledClient(client), { mode: 0o755 });
      const env = { PATH: `${bin}:${process.env.PATH ?? "/usr/bin:/bin"}`, HOME: home };
      const back = createBackSync({ git, guest, store, quarantines, env, ...(limits === undefined ? {} : { limits }) });
      const request = scene.backRequest({ what: "ignored", pushBase: null, workerId: `ignored-${++count}` });
      return told(async () => (await back.look(request, { ...options(), timeoutMs })).take(YES_TO_ALL, options()));
    },
    /** What a refused pull of ignored files left; those that came stay for the next one. */
    staged: async () => {
      const place = join(scene.state, "ignored");
      const all = await readdir(place, { recursive: true }).catch(() => []);
      return all.filter((name) => name.includes("/") && !/\/(out\.a\.txt|src(\/a\.txt)?)$/u.test(name));
    },
    leftovers: async () => [
      ...(await readdir(join(scene.state, "tmp"))).filter((name) => name !== "back"),
      ...(await readdir(join(scene.state, "tmp/back")).catch(() => [])),
    ],
    instance: INSTANCE,
  };
}
/** How files that git ignores are lied about. */
interface IgnoredAttack {
  /** See test/fixtures/lying-rsync.mjs. */
  readonly lie?: object;
  /** What an rsync on this host does that a sender got the better of, in its own folder. */
  readonly client?: string | null;
  /** Records that the worker names as its ignored files. */
  readonly listing?: readonly string[] | null;
  readonly limits?: ReceiveLimits;
  readonly timeoutMs?: number;
}

const LYING_RSYNC = fileURLToPath(new URL("../fixtures/lying-rsync.mjs", import.meta.url));

const fooledClient = (script: string): string =>
  `#!/bin/sh\n[ "$1" != --version ] || { echo 'rsync  version 3.5.0  protocol version 32'; exit; }\ncat > /dev/null\n${script}\n`;

export type HostileScene = Awaited<ReturnType<typeof makeHostileScene>>;

/** What became of it, in words: each path, or the error's code. */
async function told(act: () => Promise<BackOffer>): Promise<string> {
  try {
    const { changes } = await act();
    const sorted = [...changes].sort((left, right) => RANKS.indexOf(left.status) - RANKS.indexOf(right.status));
    const words = sorted.map(({ path, status, why }) => {
      const short = path.length > 40 ? `${path.slice(0, 37)}…` : path;
      return `${short} ${status}${why === "" ? "" : ` (${why})`}`;
    });
    const [first, second, ...rest] = words;
    if (first === undefined) return "nothing comes";
    return [
      first,
      ...(second === undefined ? [] : [second]),
      ...(rest.length > 0 ? [`… ${rest.length} more`] : []),
    ].join("; ");
  } catch (error) {
    if (error instanceof LimaformError) return error.code;
    throw error;
  }
}
