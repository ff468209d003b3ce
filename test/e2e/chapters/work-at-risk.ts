import { execFileSync } from "node:child_process";
import { copyFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ResultsDocument } from "../../../src/app/app.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";

const ADDRESS = "worker.default[1]";
/** One of each kind that is saved; quoted for the worker's shell. */
const WORK = [
  "git config user.name agent; git config user.email agent@worker",
  "git stash list; echo stashed > s.txt; git add s.txt; git stash -q",
  "git checkout -q -b side; echo side > side.txt; git add side.txt; git commit -q -m side; git tag v1",
  "git checkout -q --detach; git commit -q --allow-empty -m loose",
  "printf 'one\\r\\n' > crlf.txt; : > empty; head -c 3000 /dev/urandom > bin.dat; printf '#!/bin/sh\\n' > 'run it.sh'; chmod +x 'run it.sh'",
  "mkdir local; echo ignored > local/secret; git init -q inner; echo i > inner/i; git -C inner add i; git -C inner -c user.name=a -c user.email=a@b commit -q -m inner; echo u > inner/u",
  "git worktree add -q --detach ~/other; echo o > ~/other/o; mkdir ~/notes; echo n > ~/notes/n; ln -s n ~/notes/l",
  "ln -s crlf.txt link; rm docs/notes.md; echo more >> count.sh; mkdir -p 'ü/-x'; echo q > 'ü/-x/a\"b'",
].join("; ");
const KINDS = ["uncommitted", "untracked", "ignored", "commits", "stash", "worktree", "nested_repository", "path"];
/** Kind, exec bit, link target and digest of each file, in the worker and on the host alike. */
const LISTING =
  "find . -name .git -prune -o -type f -printf '%p %04m\\n' -o -type l -printf '%p -> %l\\n' | sed -E 's/ 0([0-7])[0-7]{2}$/ \\1/' | LC_ALL=C sort; find . -name .git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum";

/** One worker, two boots. */
export function workAtRisk(fleet: () => Fleet): void {
  let before = "";
  let besides = "";

  describe("work that only a worker has", () => {
    it("is found and saved before a replacement that a temporary checkout asked for", async () => {
      const { repository, expect: run, inside } = fleet();
      await fleet().edit("[hooks]", '[work]\npaths = ["~/notes"]\n\n[hooks]');
      await run(0, "apply", "--yes");
      await inside(1, "sh", "-c", WORK);
      before = await inside(1, "sh", "-c", LISTING);
      besides = await inside(1, "sh", "-c", `cd ~/other && ${LISTING}; cd ~/notes && ${LISTING}`);
      const place = join(dirname(repository.root), "temporary");
      await repository.git("worktree", "add", "-q", "--detach", place);
      await copyFile(join(repository.root, "limaform.toml"), join(place, "limaform.toml"));
      const config = ["--config", join(place, "limaform.toml")];
      await run(0, "trust", "--yes", ...config);
      const plan = await fleet().json<Plan>(0, "plan", "--replace", ADDRESS, ...config);
      const risks = plan.changes.filter(({ address }) => address === ADDRESS).flatMap(({ atRisk }) => atRisk);
      expect(risks.map(({ kind, saved }) => `${kind} ${saved}`)).toEqual(KINDS.map((kind) => `${kind} true`));
      await run(0, "apply", "--replace", ADDRESS, "--yes", ...config);
      await rm(place, { recursive: true });
      await repository.git("worktree", "prune");
      expect(await inside(1, "sh", "-c", "git status --porcelain; git stash list; git tag")).toBe("");
    });

    it("comes back identical in names, content, exec bit and links, and every line of it is reachable", async () => {
      const { repository, json, expect: run } = fleet();
      const { saves } = await json<ResultsDocument>(0, "results", "list");
      expect(saves).toMatchObject([{ id: "save/2", instance: worker(1), why: "replace", archive: null }]);
      const allow = "hooks,scripts,build,symlinks,modes,binaries";
      await run(0, "results", "accept", "save/2", "--allow", allow);
      const place = join(dirname(repository.root), "restored");
      await repository.git("-c", "core.autocrlf=false", "worktree", "add", "-q", place, "limaform/save/2");
      const lines = saves[0]?.refs ?? [];
      const unpack = (end: string, folder: string): void => {
        const ref = lines.find(({ name }) => name.endsWith(end))?.ref ?? "none";
        const script = 'mkdir -p "$2" && git archive "$1" | tar -x -C "$2"';
        execFileSync("sh", ["-c", script, "sh", ref, folder], { cwd: repository.root });
      };
      const list = (cwd: string) => execFileSync("sh", ["-c", LISTING], { cwd, encoding: "utf8" }).trim();
      unpack("ignored files", place);
      unpack("inner: files", join(place, "inner"));
      expect(list(place)).toBe(before);
      const [other, notes] = [fleet().scratch("other"), fleet().scratch("notes")];
      unpack("other: files", other);
      unpack("notes", notes);
      expect(`${list(other)}\n${list(notes)}`).toBe(besides);
      const refs = await repository.git("for-each-ref", "--format=%(subject)", "refs/limaform/save/2/");
      for (const subject of ["side", "loose", "WIP on", "Uncommitted files"]) expect(refs).toContain(subject);
      await repository.git("worktree", "remove", "--force", place);
    });

    it("of a stopped worker is known, and is refused once its disk is another one", async () => {
      const { expect: run, inside, json, run: end, home, scratch } = fleet();
      await inside(1, "sh", "-c", "echo later > later.txt");
      await run(0, "stop", "1", "--yes");
      const { saves } = await json<ResultsDocument>(0, "results", "list");
      expect(saves.map(({ id, why }) => `${id} ${why}`)).toEqual(["save/3 stop", "save/2 replace"]);
      const disk = join(home, worker(1), "disk");
      // touch keeps the nanoseconds, which a Date does not have.
      const kept = scratch("disk-times");
      const touch = (like: string, file: string) => execFileSync("touch", ["-r", like, file]);
      await writeFile(kept, "");
      touch(disk, kept);
      const { atime, mtime } = await stat(disk);
      await utimes(disk, atime, new Date(mtime.getTime() + 1000));
      const refused = await end("teardown", "--yes");
      expect(refused.code).toBe(1);
      expect(refused.stdout + refused.stderr).toContain(`limaform start ${worker(1)}`);
      touch(kept, disk);
      await run(0, "teardown", "--yes");
      for (const id of ["save/2", "save/3"]) await run(0, "results", "discard", id);
      await repositoryWithout(fleet());
    });
  });
}

/** The branch goes, so that later chapters meet the repository as it was. */
async function repositoryWithout({ repository }: Fleet): Promise<void> {
  await repository.git("branch", "-q", "-D", "limaform/save/2");
}
