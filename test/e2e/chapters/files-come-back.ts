import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SyncBackDocument } from "../../../src/app/app.js";
import type { ErrorDocument } from "../../../src/events/event.js";
import type { Fleet } from "../../support/e2e.js";
import { eventsIn, type Running, until } from "../../support/e2e-limaform.js";

const LIMAFORM = fileURLToPath(new URL("../../../bin/limaform", import.meta.url));
/** An ordinary file, one that could run on the host, one that the host changes too, one that goes; for the worker's shell. */
const CHANGES = "echo by worker > plain.txt; printf 'all:\\n' > Makefile; echo worker >> count.sh; rm docs/notes.md";
/** A name that writes to a terminal, beside a link to what the host would rather keep. */
const HOSTILE =
  "mkdir ~/out ~/fine; echo x > \"$(printf '/home/agent/out/a\\033[2Jb\\nc')\"; ln -s /etc/passwd ~/out/l";
const FINE = "echo y > '/home/agent/fine/-rf $(touch pwned);x'";

/** One worker without work of its own, no boot. Leaves it and the repository without changes. */
export function filesComeBack(fleet: () => Fleet): void {
  const read = (path: string): string | null => {
    const file = join(fleet().repository.root, path);
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  };
  const shell = (script: string) => fleet().inside(1, "sh", "-c", script);
  const statuses = ({ changes }: SyncBackDocument) => changes.map(({ path, status }) => `${path} ${status}`);
  let count = "";

  describe("files of a worker", () => {
    it("come back where they are harmless; what is flagged, deleted or changed here too waits, both kept", async () => {
      const { repository, json } = fleet();
      count = await repository.git("show", "HEAD:count.sh");
      await repository.write("count.sh", `${count}\nhost\n`);
      await shell(CHANGES);
      const before = await repository.git("ls-files", "--stage");
      const document = await json<SyncBackDocument>(1, "sync-back", "1");
      const became = ["Makefile waits", "count.sh conflict", "docs/notes.md waits", "plain.txt taken"];
      expect(statuses(document).sort()).toEqual(became);
      expect(read("plain.txt")).toBe("by worker\n");
      expect([read("Makefile"), read("docs/notes.md")]).toEqual([null, "notes\n"]);
      expect(read("count.sh")).toBe(`${count}\nhost\n`);
      const theirs = document.changes.find(({ path }) => path === "count.sh")?.object ?? "";
      const kept = await repository.git("--git-dir", document.quarantine, "cat-file", "-p", theirs);
      expect(kept).toBe(`${count}\nworker`);
      expect(await repository.git("ls-files", "--stage")).toBe(before);
    });

    it("go by consent where they are deleted, and come by a person's yes where they are flagged", async () => {
      expect(statuses(await fleet().json<SyncBackDocument>(1, "sync-back", "1", "--delete", "--yes"))).toContain(
        "docs/notes.md taken",
      );
      expect([read("docs/notes.md"), read("Makefile")]).toEqual([null, null]);
      // The conflict stays one, which exit code 1 says.
      expect(() => onTerminal(fleet(), "yes")).toThrow("Command failed");
      expect([read("Makefile"), read("count.sh")]).toEqual(["all:\n", `${count}\nhost\n`]);
    });

    it("come again and again with watch-back, until Ctrl-C", async () => {
      const watching = watch(fleet(), "interval", "--interval", "1s");
      await shell("echo again > plain.txt");
      await until("the change is here", () => read("plain.txt") === "again\n");
      await ended(watching);
    });

    it("come as they change with --live, in seconds where the next look is minutes away; nothing stays behind there", async () => {
      const watching = watch(fleet(), "live", "--interval", "600s", "--live");
      await until("the first look is over", () => eventsIn(fleet().scratch("live")).length > 1);
      await until("the worker watches", async () => (await watchers()) > 0);
      await shell("echo live > plain.txt");
      await until("the change is here", () => read("plain.txt") === "live\n", 30_000);
      await ended(watching);
      await until("the worker watches no more", async () => (await watchers()) === 0, 30_000);
    });

    it("that git ignores come when they are asked for, and wait where they could run here", async () => {
      await shell(
        "mkdir -p local; echo built > local/out.txt; echo '#!/bin/sh' > local/run.sh; chmod 755 local/run.sh",
      );
      const document = await fleet().json<SyncBackDocument>(0, "sync-back", "1", "local", "--ignored");
      expect(statuses(document).sort()).toEqual(["local/out.txt taken", "local/run.sh waits"]);
      expect([read("local/out.txt"), read("local/run.sh")]).toEqual(["built\n", null]);
    });

    it("are copied out under any name that is safe here, and not at all under one that is not", async () => {
      const { expect: run, json, scratch } = fleet();
      await shell(`${HOSTILE}; ${FINE}`);
      const refused = await json<ErrorDocument>(1, "cp", "1:out", scratch("out"));
      expect(refused).toMatchObject({ code: "REVIEW_REFUSED", message: expect.stringContaining("x1b[2Jb") });
      expect(existsSync(scratch("out"))).toBe(false);
      await run(0, "cp", "1:fine", scratch("fine"));
      expect(readdirSync(scratch("fine"))).toEqual(["-rf $(touch pwned);x"]);
    });

    it("go in as they are written here with sync --watch, told by events", async () => {
      const { repository, start, scratch } = fleet();
      await repository.git("checkout", "-q", "--", ".");
      await repository.git("clean", "-q", "-fdx", "Makefile", "plain.txt", "local");
      await shell("git checkout -q -- . && git clean -q -f && rm -r local ~/out ~/fine");
      const watching = start("sync", "1", "--watch", "--interval", "600s", "--events", scratch("in"));
      const told = () => eventsIn(scratch("in")).map(({ type }) => type);
      await until("it watches", () => told().includes("sync.idle"));
      await repository.write("watched.txt", "as it was written\n");
      await until("the change is there", async () => (await shell("cat watched.txt || :")) === "as it was written");
      await ended(watching);
      expect(told()).toContain("sync.pushed");
    });

    it("leave both sides in order", async () => {
      const { repository, expect: run, inside } = fleet();
      await repository.git("clean", "-q", "-f", "watched.txt");
      await run(0, "sync", "1");
      await run(0, "plan", "--detailed-exitcode");
      expect(await inside(1, "git", "status", "--porcelain")).toBe("");
    });
  });

  const watchers = async () => Number(await shell("pgrep -fc '[e]cho watching' || true"));
  const watch = ({ start, scratch }: Fleet, name: string, ...more: readonly string[]) =>
    start("watch-back", "1", ".", "--events", scratch(name), ...more);
}

async function ended(watching: Running): Promise<void> {
  watching.signalGroup("SIGINT");
  const { code, stdout, stderr } = await watching.ended;
  expect(code, stdout + stderr).toBe(130);
}

/** `--review` with somebody at a terminal who types the answer. */
function onTerminal({ repository, env }: Fleet, answer: string): string {
  return execFileSync("script", ["-qec", `'${LIMAFORM}' sync-back 1 --review`, "/dev/null"], {
    ...{ cwd: repository.root, env, encoding: "utf8", timeout: 120_000, input: `${answer}\n` },
  });
}
