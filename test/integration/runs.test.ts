import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRuns } from "../../src/adapters/runs/runs.js";
import { createStore } from "../../src/adapters/store/store.js";
import { GuestError } from "../../src/errors/errors.js";
import type { Clock } from "../../src/ports/host.js";
import type { RunStartRequest, Runs, RunTarget } from "../../src/ports/runs.js";
import { secretForms } from "../../src/util/secret-forms.js";
import { makeLocalGuest } from "../support/local-guest.js";

const PLAIN = {
  ...{ agent: null, label: null, hooks: { before: null, after: null }, secrets: [], stuckAfterMs: 600_000 },
  stateFolders: [".agent", ".agent.json"],
};
const TARGET: RunTarget = { run: "20260102-030405-abcd", slot: 2, instance: "my-app-worker-2" };

describe("a run in a guest", () => {
  let guest: Awaited<ReturnType<typeof makeLocalGuest>>;
  let state: string;
  let runs: Runs;
  let now = 0;
  const clock: Clock = {
    now: () => new Date(Date.UTC(2026, 0, 1) + now).toISOString(),
    monotonicMs: () => now,
    // Waiting passes the clock's own time, and only a little of ours.
    async sleep(ms, signal) {
      signal.throwIfAborted();
      now += ms;
      await sleep(20);
      signal.throwIfAborted();
    },
    randomHex: (digits) => "0".repeat(digits),
  };
  beforeEach(async () => {
    guest = await makeLocalGuest();
    await guest.sh("mkdir 'my project'");
    state = await mkdtemp(join(tmpdir(), "limaform-runs-"));
    const store = createStore({ root: state, clock: { randomHex: () => String(Math.random()).slice(2, 14) } });
    runs = createRuns({
      ...{ guest, store, clock, runsFolder: join(guest.home, "runs"), memoryFolder: join(guest.home, "memory") },
      readerOf: () => null,
    });
  });
  afterEach(async () => {
    await guest.close();
    await rm(state, { recursive: true, force: true });
  });

  const call = () => ({ signal: new AbortController().signal, timeoutMs: 20_000 });
  const start = (script: string, more: Partial<RunStartRequest> = {}) =>
    runs.start(
      {
        ...TARGET,
        argv: ["sh", "-c", script, "name"],
        cwd: "~/my project",
        env: {},
        timeoutMs: null,
        base: null,
        ...PLAIN,
        ...more,
      },
      call(),
    );
  const follow = (unreachableAfterMs = 5_000, signal = new AbortController().signal) => {
    const lines: string[] = [];
    const options = {
      signal,
      timeoutMs: 20_000,
      unreachableAfterMs,
      onLine: (line: string, stream: string) => lines.push(`${stream}: ${line}`),
    };
    return runs.follow(TARGET, options).then((record) => ({ record, lines }));
  };
  const log = (stream: string) => readFile(join(state, "runs", TARGET.run, "2", `${stream}.log`), "utf8");

  it("runs in its folder with its environment and no input, and brings output and exit code here", async () => {
    await start("pwd; echo \"$X\"; cat; printf 'no end \\033[2J' >&2; exit 7", { env: { X: "it's $HOME" } });
    const { record, lines } = await follow();
    expect(record).toMatchObject({
      state: "failed",
      exitCode: 7,
      text: "exit code 7",
      output: join(state, "runs", TARGET.run, "2"),
    });
    expect(await log("stdout")).toBe(`${guest.home}/my project\nit's $HOME\n`);
    expect(lines).toEqual([`stdout: ${guest.home}/my project`, "stdout: it's $HOME", "stderr: no end \\x1b[2J"]);
    expect(await runs.list()).toEqual([record]);
  });

  it("gets each character as it is, whatever shell carries it there", async () => {
    const all = Array.from({ length: 0x180 }, (_, index) => String.fromCodePoint(index + 1)).join("");
    const text = `${all}\n# end\n'"\\n$(touch x)\u{1f600}\n\n`;
    await start('printf %s "$1"; printf %s "$X" >&2', {
      argv: ["sh", "-c", 'printf %s "$1"; printf %s "$X" >&2', "name", text],
      env: { X: text },
    });
    expect((await follow()).record.state).toBe("done");
    expect([await log("stdout"), await log("stderr")]).toEqual([text, text]);
  });

  it("starts nothing from an input that was cut off", async () => {
    const { START_SCRIPT } = await import("../../src/adapters/runs/scripts.js");
    const stdin = "put command.sh 'echo x'\nput main.sh 'echo";
    const argv = [
      "sh",
      "-c",
      START_SCRIPT,
      "limaform",
      join(guest.home, "runs"),
      TARGET.run,
      join(guest.home, "memory"),
      "",
      "15",
    ];
    const { exitCode, stdout } = await guest.exec(TARGET.instance, { argv, stdin }, call());
    expect([exitCode, stdout]).toEqual([3, "limaform-error protocol\n"]);
    expect(await guest.sh("ls -d runs memory 2>/dev/null || :")).toBe("");
  });

  it("is one unit of the agent's user: bounded in memory, without cores, and ended whole", async () => {
    await start("true", { timeoutMs: 5_000, secrets: [{ name: "KEY", value: "sk-hidden-0123456789" }] });
    await follow();
    const asked = await guest.sh("cat .fake-systemd.asked");
    expect(asked.split("\n")).toEqual(
      expect.arrayContaining([
        ...[`--unit=limaform-run-${TARGET.run}`, `--uid=${await guest.sh("id -un")}`, "--service-type=exec"],
        ...["KillMode=control-group", "RuntimeMaxSec=5", "LimitCORE=0", "MemoryMax=95%", "MemorySwapMax=0"].map(
          (property) => `--property=${property}`,
        ),
        `--property=LoadCredential=env:${guest.home}/memory/${TARGET.run}/env`,
      ]),
    );
    expect(asked).not.toContain("sk-hidden");
  });

  it("is done with exit code 0 only", async () => {
    await start("true");
    expect((await follow()).record).toMatchObject({
      state: "done",
      exitCode: 0,
      endedAt: expect.stringMatching(/Z$/u),
    });
  });

  it("hands large output over in pieces, byte for byte", async () => {
    await start("seq 1 400000; printf '\\000\\377'");
    const { record, lines } = await follow();
    expect(record.state).toBe("done");
    expect(lines).toHaveLength(400_001);
    const bytes = await readFile(join(record.output, "stdout.log"));
    expect(bytes.subarray(-3).toString("hex")).toBe("0a00ff");
  });

  it("goes on where an earlier follower was cut off", async () => {
    await start("echo one; while [ ! -e ../go ]; do sleep 0.05; done; echo two");
    const stop = new AbortController();
    const cut = follow(5_000, stop.signal);
    while (!(await log("stdout").catch(() => "")).includes("one")) await sleep(20);
    stop.abort(new Error("closed laptop"));
    await expect(cut).rejects.toThrow("closed laptop");
    await guest.sh("touch go");
    const { record, lines } = await follow();
    expect(record.state).toBe("done");
    expect(lines).toEqual(["stdout: two"]);
    expect(await log("stdout")).toBe("one\ntwo\n");
  });

  it("starts once, however often the start is asked for", async () => {
    await start("echo x >> ../count; sleep 0.2");
    await start("echo x >> ../count; sleep 0.2");
    await follow();
    expect(await guest.sh("wc -l < count")).toBe("1");
  });

  it("is ended by the guest at its time limit", async () => {
    await start("sleep 60", { timeoutMs: 300 });
    expect((await follow()).record).toMatchObject({ state: "failed", failure: "timeout", exitCode: null });
  });

  it("ends all processes when it is cancelled, and stays as it ended afterwards", async () => {
    await start("sleep 60 & sleep 60");
    await runs.refresh(TARGET, call());
    expect(await runs.cancel(TARGET, call())).toMatchObject({ state: "cancelled" });
    expect(await runs.cancel(TARGET, call())).toMatchObject({ state: "cancelled" });
    expect(await runs.refresh(TARGET, call())).toMatchObject({ state: "cancelled" });
  });

  it("stays as it ended where another limaform saw the end before a late look comes back", async () => {
    await start("while [ ! -e ../go ]; do sleep 0.05; done");
    const { exec } = guest;
    let isAsked = false;
    let comeBack = () => {};
    const back = new Promise<void>((resolve) => {
      comeBack = resolve;
    });
    guest.exec = async (...asked) => {
      const answer = await exec(...asked);
      isAsked = true;
      await back;
      return answer;
    };
    const late = runs.refresh(TARGET, call());
    await expect.poll(() => isAsked).toBe(true);
    guest.exec = exec;
    await guest.sh("touch go");
    expect((await follow()).record).toMatchObject({ state: "done", exitCode: 0 });
    comeBack();
    expect(await late).toMatchObject({ state: "done", exitCode: 0 });
    expect(await runs.refresh(TARGET, call())).toMatchObject({ state: "done", exitCode: 0 });
    expect((await runs.list())[0]).toMatchObject({ state: "done" });
  });

  it("is on its way for who looks before its start came into the worker, and after some time was never started", async () => {
    const { exec } = guest;
    let refuse = (_: Error) => {};
    guest.exec = () => new Promise((_, reject) => (refuse = reject));
    const starting = start("true");
    const isKnown = async () => (await runs.list()).length;
    await expect.poll(isKnown).toBe(1);
    guest.exec = exec;
    expect(await runs.look(TARGET, call())).toMatchObject({ state: "preparing", text: "starting" });
    now += 3 * 60_000;
    expect(await runs.look(TARGET, call())).toMatchObject({ state: "failed", failure: "not_started" });
    refuse(new GuestError("GUEST_UNREACHABLE", "it is gone"));
    await expect(starting).rejects.toMatchObject({ code: "GUEST_UNREACHABLE" });
  });

  it("is unreachable after some time without an answer, and found again later", async () => {
    await start("true");
    guest.isUnreachable = true;
    expect((await follow(3_000)).record).toMatchObject({ state: "unreachable", exitCode: null });
    guest.isUnreachable = false;
    expect((await follow()).record.state).toBe("done");
  });

  it("is not waited for as long when the worker is certainly not running", async () => {
    await start("true");
    guest.exec = () => Promise.reject(new GuestError("GUEST_NOT_RUNNING", "it is gone"));
    const before = now;
    expect((await follow(300_000)).record).toMatchObject({ state: "unreachable" });
    expect(now - before).toBeLessThanOrEqual(21_000);
  });

  it("counts as timed out when the worker says for ever that it runs", async () => {
    await start("sleep 60");
    const options = { signal: new AbortController().signal, timeoutMs: 20_000, unreachableAfterMs: 5_000 };
    const record = await runs.follow(TARGET, { ...options, endsAfterMs: 3_000 });
    expect(record).toMatchObject({
      state: "failed",
      failure: "timeout",
      exitCode: null,
      text: expect.stringContaining("long over"),
    });
    expect(await runs.list()).toEqual([record]);
    await guest.sh(`kill -KILL -$(cat .fake-systemd/limaform-run-${TARGET.run}/pid)`);
  });

  it("has failed when the worker went down under it", async () => {
    await start("sleep 60");
    const unit = join(guest.home, ".fake-systemd", `limaform-run-${TARGET.run}`);
    await guest.sh(
      `until [ -e runs/${TARGET.run}/start ]; do sleep 0.02; done; sed -i 's/ .*/ another-boot/' runs/${TARGET.run}/start`,
    );
    await guest.sh(`touch ${unit}/crash; kill -KILL -$(cat ${unit}/pid); while [ -e ${unit} ]; do sleep 0.02; done`);
    expect((await follow()).record).toMatchObject({ state: "failed", text: expect.stringContaining("restarted") });
  });

  it("is lost with a worker that goes down in good order, also where somebody looks before it is up again", async () => {
    await start("echo begun; sleep 60");
    const unit = `limaform-run-${TARGET.run}`;
    await guest.sh(`until [ -s runs/${TARGET.run}/stdout.log ]; do sleep 0.02; done`);
    // As systemd does it: a stop job that ends the unit by TERM, which is a success to it.
    await guest.sh(
      `touch .fake-systemd/stopping; echo success > .fake-systemd/${unit}/result; kill -TERM -$(cat .fake-systemd/${unit}/pid)`,
    );
    expect((await follow()).record).toMatchObject({ state: "failed", failure: "guest_lost", exitCode: null });
    expect(await log("stdout")).toBe("begun\n");
    expect(await guest.sh(`cut -d' ' -f2- runs/${TARGET.run}/end`)).toBe("shutdown killed TERM");
  });

  it("is lost with a worker whose power was cut before anything but its beginning was on the disk", async () => {
    await start("sleep 60");
    const unit = join(guest.home, ".fake-systemd", `limaform-run-${TARGET.run}`);
    await guest.sh(`touch ${unit}/crash; kill -KILL -$(cat ${unit}/pid); while [ -e ${unit} ]; do sleep 0.02; done`);
    await guest.sh(`cd runs/${TARGET.run}; : > start; : > agent; echo another-boot > ready`);
    expect((await follow()).record).toMatchObject({ state: "failed", failure: "guest_lost" });
    await start("echo x >> ../again");
    await expect(guest.sh("cat again")).rejects.toThrow();
  });

  it("has failed when its folder is gone, and is not known where nobody started it", async () => {
    await expect(follow()).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await start("true");
    await follow();
    expect(await runs.list()).toHaveLength(1);
  });

  it("says why it could not start, and the record says so too", async () => {
    await guest.sh(`mkdir -p .fake-systemd/limaform-run-${TARGET.run}`);
    await expect(start("true")).rejects.toMatchObject({
      code: "RUN_START_FAILED",
      message: expect.stringContaining("already loaded"),
    });
    expect((await runs.list())[0]).toMatchObject({ state: "failed" });
    await expect(
      runs.start({ ...TARGET, argv: [], cwd: "~", env: {}, timeoutMs: null, base: null, ...PLAIN }, call()),
    ).rejects.toMatchObject({ code: "RUN_COMMAND_INVALID" });
  });

  it("marks a run as collected", async () => {
    await start("exit 1");
    await follow();
    await runs.markCollected(TARGET, call());
    expect(await guest.sh(`ls runs/${TARGET.run}; ls .fake-systemd`)).toMatch(/^collected$/mu);
    expect(await guest.sh("ls .fake-systemd")).toBe("");
  });

  it("runs the hook before it and the check after it, in its folder and environment, and keeps what they print", async () => {
    const hooks = { before: 'pwd; echo "$X"', after: "#!/bin/sh\necho checked; exit 3" };
    await start("echo agent", { hooks, env: { X: "y" } });
    const { record } = await follow();
    expect(record).toMatchObject({ state: "done", exitCode: 0, isPassed: false, checkExitCode: 3 });
    expect(await log("stdout")).toBe("agent\n");
    expect(await log("pre_run")).toBe(`${guest.home}/my project\ny\n`);
    expect(await log("check")).toBe("checked\n");
  });

  it("does not begin after a hook that failed", async () => {
    await start("echo agent", { hooks: { before: "echo no; false; echo never", after: "true" } });
    expect((await follow()).record).toMatchObject({
      state: "failed",
      failure: "hook",
      exitCode: null,
      isPassed: false,
    });
    expect(await log("pre_run")).toBe("no\n");
    expect(await guest.sh("find . -name stdout.log -size +0")).toBe("");
  });

  it("is stuck when nothing moves, and works again with the next output", async () => {
    await start("echo one; while [ ! -e ../go ]; do sleep 0.05; done; echo two", { stuckAfterMs: 1_000 });
    const options = { signal: new AbortController().signal, timeoutMs: 20_000, unreachableAfterMs: 5_000 };
    const states: string[] = [];
    const record = await runs.follow(TARGET, {
      ...options,
      onChange({ state, text }) {
        states.push(state);
        if (state === "stuck") void guest.sh("touch go");
        if (state === "stuck") expect(text).toContain("(last: output)");
      },
    });
    expect(record.state).toBe("done");
    expect(states).toContain("stuck");
    expect(states.at(-1)).toBe("done");
  });

  const SECRET = "sk-hidden'\"$(x) 0123456789/+é";
  const secrets = [{ name: "KEY", value: SECRET }];

  it("gives secrets to the command alone, and leaves none of their forms in what is kept, or anywhere in the guest", async () => {
    // What it prints comes from a file elsewhere: a command that names a secret would be no secret's leak.
    const folder = await mkdtemp(join(tmpdir(), "limaform-forms-"));
    const forms = secretForms(SECRET);
    await writeFile(join(folder, "forms"), forms.map((form) => `x${form}y\n`).join(""));
    const script = `printf %s "$KEY" | sha256sum; printf '%s\\n' "$KEY"; cat ${folder}/forms; printf 'x%s' "$KEY" | base64 -w0; printf %s "$KEY" >&2`;
    await start(script, { secrets, hooks: { before: 'echo "$KEY"', after: 'echo "$KEY"' } });
    const { record } = await follow();
    expect(record.state).toBe("done");
    const out = await log("stdout");
    expect(out).toContain(createHash("sha256").update(SECRET).digest("hex"));
    expect(out.match(/\[secret KEY\]/gu)?.length).toBeGreaterThan(forms.length);
    expect(await log("stderr")).toBe("[secret KEY]");
    expect(await log("check")).toBe("[secret KEY]\n");
    expect(JSON.stringify(guest.calls.map(({ argv }) => argv))).not.toContain("sk-hidden");
    for (const form of secretForms(SECRET)) {
      for (const place of [guest.home, state]) expect(await grep(form, place)).toEqual([]);
    }
    await rm(folder, { recursive: true });
  });

  const x = "x".repeat(Buffer.byteLength(SECRET));

  it("takes secrets out of what the agent keeps of its own, and leaves the rest of it as it was", async () => {
    const node = JSON.stringify(process.execPath);
    const database = `
      const { DatabaseSync } = require("node:sqlite");
      const db = new DatabaseSync(process.env.HOME + "/.agent/db.sqlite");
      db.exec("pragma journal_mode = wal; create table told (text)");
      for (let at = 0; at < 300; at += 1) db.prepare("insert into told values (?)").run(at + " " + process.env.KEY + " said");
      process.kill(process.pid, "SIGKILL");`;
    await writeFile(join(guest.home, "kept.txt"), SECRET);
    await guest.sh("mkdir -p .agent/a; ln -s ../kept.txt .agent/link");
    await start(
      `cd; printf '{"a":"%s","b":"%s"}\\n' "$KEY" "$(printf %s "$KEY" | base64 -w0)" > .agent/a/talk.jsonl
      { head -c 1048570 /dev/zero; printf %s "$KEY"; echo end; } > .agent/large; chmod 400 .agent/large
      echo "$KEY" > .agent.json; touch -d 2020-01-01 .agent.json
      ${node} -e '${database}'; exit 3`,
      { secrets },
    );
    expect((await follow()).record).toMatchObject({ state: "failed", exitCode: 3 });
    expect(await grep(SECRET, guest.home)).toEqual([join(guest.home, "kept.txt")]);
    expect(JSON.parse(await guest.sh("cat .agent/a/talk.jsonl"))).toMatchObject({ a: x });
    expect(await guest.sh("stat -c '%a %s' .agent/large; date -r .agent.json +%Y; ls .agent/db.sqlite-wal")).toBe(
      `400 ${1_048_570 + x.length + 4}\n2020\n.agent/db.sqlite-wal`,
    );
    const db = new DatabaseSync(join(guest.home, ".agent/db.sqlite"));
    expect(db.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    expect(
      db.prepare("select count(*) as count, max(text) as text from told where text like ?").get(`%${x} said`),
    ).toEqual({ count: 300, text: `99 ${x} said` });
    db.close();
    expect(await guest.sh(`cat runs/${TARGET.run}/scrubbed`)).toMatch(/^[4-6]$/u);
  });

  it("takes secrets out of it also where the run was ended", async () => {
    await start('cd; mkdir .agent; echo "$KEY" > .agent/talk; echo told; sleep 60', { secrets, timeoutMs: 4_000 });
    expect((await follow()).record).toMatchObject({ state: "failed", failure: "timeout" });
    await expect.poll(() => guest.sh("cat .agent/talk")).toBe(x);
  });

  it("shows a line at once although it looks for secrets", async () => {
    await start("printf 'one\\nsk-hid'; while [ ! -e ../go ]; do sleep 0.05; done; printf 'x\\n'", { secrets });
    while (!(await runs.refresh(TARGET, call()).then(() => log("stdout").catch(() => ""))).includes("one"))
      await sleep(20);
    expect(await log("stdout")).toBe("one\n");
    await guest.sh("touch go");
    await follow();
    expect(await log("stdout")).toBe("one\nsk-hidx\n");
  });

  it("lets the worker wait for the first word, and for the end of one that says nothing", async () => {
    const looks = () => guest.calls.filter(({ argv }) => argv.join("").includes("-F stdout.log")).length;
    await start("while [ ! -e ../go ]; do sleep 0.05; done; echo first; sleep 0.5");
    const following = follow();
    await expect.poll(looks).toBe(1);
    await sleep(500);
    expect(looks()).toBe(1);
    await guest.sh("touch go");
    expect((await following).lines).toEqual(["stdout: first"]);
    const before = looks();
    await start("sleep 3.5", { run: "20260102-030405-ef01" });
    await runs.follow({ ...TARGET, run: "20260102-030405-ef01" }, { ...call(), unreachableAfterMs: 5_000 });
    expect(looks() - before).toBeLessThanOrEqual(2);
  });

  it("is told to be at work when its first hook is over, although it says nothing", async () => {
    await start("sleep 2", { hooks: { before: "sleep 2.5", after: null } });
    const states: string[] = [];
    await runs.follow(TARGET, {
      ...{ ...call(), unreachableAfterMs: 5_000 },
      onChange: ({ state }) => states.push(state),
    });
    expect([...new Set(states)].filter((state) => state !== "preparing")).toEqual(["working", "done"]);
  });

  /** Whoever starts it answers once this file of the run is there. */
  const answerAfter = async (file: string) => {
    const wait = `[ ! -d "$2" ] || until [ -s "$2/${file}" ]; do sleep 0.02; done`;
    await guest.sh(`mkdir bin; printf '#!/bin/sh\n%s\n' '${wait}' > bin/sync; chmod 700 bin/sync`);
    guest.enter = ["sh", "-c", 'PATH=$0:$PATH; exec "$@"', join(guest.home, "bin")];
  };

  it.each([
    ["agent", null, { state: "working", text: "running" }],
    ["start", "sleep 0.5", { state: "preparing", text: "hooks.pre_run runs" }],
  ])("tells where it is as soon as it is started (%s)", async (file, before, expected) => {
    await answerAfter(file);
    const started = await start("sleep 0.5; echo x", { hooks: { before, after: null } });
    expect(started).toMatchObject({ ...expected, since: expect.any(String) });
    expect(await runs.list()).toEqual([started]);
    await runs.follow(TARGET, { ...call(), unreachableAfterMs: 5_000, isNew: true });
    const waits = guest.calls.flatMap(({ argv }) => (argv.join("").includes("-F stdout.log") ? [argv.at(-1)] : []));
    expect(waits[0]).toBe("10");
    expect(await log("stdout")).toBe("x\n");
  });

  it("is not over before its output is here, although it ended before its start was told", async () => {
    await answerAfter("end");
    expect(await start("echo x; exit 3")).toMatchObject({ state: "preparing", endedAt: null });
    expect((await follow()).record).toMatchObject({ state: "failed", exitCode: 3 });
    expect(await log("stdout")).toBe("x\n");
  });

  it("ends although something that it left behind holds its output open", async () => {
    await start("sleep 30 & echo done", { secrets });
    expect((await follow()).record).toMatchObject({ state: "done", exitCode: 0 });
    expect(await log("stdout")).toBe("done\n");
  });

  it("leaves no secret behind where it could not be started", async () => {
    await guest.sh(`mkdir -p .fake-systemd/limaform-run-${TARGET.run}`);
    await expect(start("true", { secrets })).rejects.toMatchObject({ code: "RUN_START_FAILED" });
    expect(await grep("sk-hidden", guest.home)).toEqual([]);
  });

  it("never puts command or environment in an argument", async () => {
    await start("echo $TOKEN", { env: { TOKEN: "hunter2" } });
    expect(JSON.stringify(guest.calls.map(({ argv }) => argv))).not.toContain("hunter2");
    expect(await guest.sh(`stat -c %a runs/${TARGET.run} runs/${TARGET.run}/command.sh`)).toBe("700\n600");
    await follow();
  });
});

/** Files below a folder that hold the text. */
async function grep(text: string, folder: string): Promise<readonly string[]> {
  const found = execFileSync("sh", ["-c", 'grep -rlF -e "$1" "$2" || :', "sh", text, folder], { encoding: "utf8" });
  return found.split("\n").filter((line) => line !== "");
}
