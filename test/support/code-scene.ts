import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBackSync } from "../../src/adapters/git/back.js";
import type { ReceiveLimits } from "../../src/adapters/git/collect.js";
import { createGit } from "../../src/adapters/git/git.js";
import { createWorkProbe } from "../../src/adapters/git/probe.js";
import { createCodePush } from "../../src/adapters/git/push.js";
import { createQuarantines } from "../../src/adapters/git/quarantine.js";
import { createRepository } from "../../src/adapters/git/repository.js";
import { createResultStore } from "../../src/adapters/git/results.js";
import { createSaveStore } from "../../src/adapters/git/saves.js";
import { createStore } from "../../src/adapters/store/store.js";
import type { BackConsentGiven, BackRequest } from "../../src/ports/back.js";
import type { CarryRules } from "../../src/ports/repository.js";
import { UNATTENDED } from "../../src/review/back-decide.js";
import type { RepositoryFacts } from "../../src/world/sources.js";
import { makeUserRepository, userEnvironment } from "./git-fixture.js";
import { makeLocalGuest } from "./local-guest.js";

export const RULES: CarryRules = { include: [], skip: [], exclude: [], maxFileBytes: 50 * 1024 * 1024 };
export const INSTANCE = "my-app-worker-1";
export const RUN = "20260102-030405-abcd";
export const options = () => ({ signal: new AbortController().signal, timeoutMs: 60_000, report: () => {} });

/** A user's repository, a state folder and one worker that is a folder, tied together by the real adapters. */
export async function makeCodeScene(files: Readonly<Record<string, string>> = {}) {
  const user = await makeUserRepository(files);
  const guest = await makeLocalGuest();
  const state = await mkdtemp(join(tmpdir(), "limaform-state-"));
  const git = createGit(userEnvironment(join(user.root, "..")));
  let count = 0;
  const store = createStore({ root: state, clock: { randomHex: (digits) => String(++count).padStart(digits, "0") } });
  const quarantines = createQuarantines(git, store);
  const repository = createRepository(git, join(state, "cache"));
  const codePush = createCodePush({
    git,
    guest,
    store,
    quarantines,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: guest.home },
  });
  const runsFolder = join(guest.home, "runs");
  const clock = { now: () => "2026-01-02T03:04:05.000Z" };
  const limits: ReceiveLimits = { packBytes: 4 * 1024 * 1024, objects: 1000 };
  const saves = createSaveStore({ git, guest, store, quarantines, clock, limits });
  const probe = createWorkProbe({ guest, quarantines, saves, savableBytes: limits.packBytes, runsFolder });
  const results = createResultStore({ git, guest, store, quarantines, clock, runsFolder });

  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: guest.home };
  const back = createBackSync({ git, guest, store, quarantines, env });
  let pushBase: string | null = null;
  const backRequest = (more: Partial<BackRequest> = {}): BackRequest => ({
    instance: INSTANCE,
    workerId: "worker-key-1",
    guestPath: "~/project",
    root: user.root,
    isRepository: true,
    pushBase,
    paths: [],
    exclude: ["node_modules/", "*.log"],
    specFiles: ["limaform.toml"],
    ...more,
  });

  const facts = async (): Promise<Extract<RepositoryFacts, { kind: "git" }>> => {
    const found = await repository.facts({ ...options(), root: user.root, imagePatterns: null, carry: RULES });
    if (found.kind !== "git") throw new Error("not a repository");
    return found;
  };
  return {
    ...{ user, guest, state, git, store, quarantines, repository, codePush, probe, results, saves, runsFolder, facts },
    /** Pushes what the repository holds now. */
    async push(overwrite = false) {
      const { head, branch, carried } = await facts();
      if (head === null) throw new Error("unborn");
      const pushed = await codePush.push(
        {
          instance: INSTANCE,
          guestPath: "~/project",
          overwrite,
          root: user.root,
          commit: head,
          branch,
          carried: { digest: carried.digest, rules: RULES },
        },
        options(),
      );
      pushBase = pushed.base;
      return pushed;
    },
    back,
    backRequest,
    /** Looks and takes what the consent allows: paths by what became of them. */
    async pull(more: Partial<BackRequest> = {}, consent: Partial<BackConsentGiven> = {}) {
      const look = await back.look(backRequest(more), options());
      return look.take({ ...UNATTENDED, ...consent }, options());
    },
    collect: (base: string, run = RUN) =>
      results.collect(
        {
          instance: INSTANCE,
          run,
          slot: 1,
          guestPath: "~/project",
          root: user.root,
          base,
          specFiles: ["scripts/setup.sh"],
          ...{ isFolder: false, isRepository: true },
        },
        options(),
      ),
    accept: (id = `${RUN}/1`, keepCommits = false, allow: readonly string[] = []) =>
      results.accept({ id, root: user.root, isRepository: true, keepCommits, allow }, options()),
    ask: (madeAt: string | null = null) =>
      probe.probe(
        {
          instance: INSTANCE,
          guestPath: "~/project",
          workPaths: [],
          notWork: ["node_modules/", "*.log"],
          hostRoot: user.root,
          madeAt,
        },
        options(),
      ),
    async close() {
      await Promise.all([user.close(), guest.close(), rm(state, { recursive: true, force: true })]);
    },
  };
}
export type CodeScene = Awaited<ReturnType<typeof makeCodeScene>>;
