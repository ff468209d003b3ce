import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { classifySsh } from "../../../../src/adapters/ssh/classify.js";
import { controlFolder } from "../../../../src/adapters/ssh/control-folder.js";
import { readLimaSsh } from "../../../../src/adapters/ssh/lima-config.js";
import { createLimit } from "../../../../src/adapters/ssh/limit.js";
import { interactiveLine, remoteLine } from "../../../../src/adapters/ssh/remote-command.js";
import { renderSshConfig } from "../../../../src/adapters/ssh/ssh-config.js";

describe("remoteLine", () => {
  const sh = (line: string, home = "/tmp") =>
    execFileSync("sh", ["-c", line], { encoding: "utf8", env: { PATH: process.env.PATH, HOME: home } });

  it("stands for exactly the words it was given, in any shell", () => {
    const words = ["a b", "$HOME", "`id`", "it's", "", "-n", "é\nx", "*"];
    expect(sh(remoteLine({ argv: ["printf", "[%s]", ...words] }))).toBe(words.map((word) => `[${word}]`).join(""));
  });

  it("sets variables and the folder, with ~ for the login's home", () => {
    expect(sh(remoteLine({ argv: ["sh", "-c", 'echo "$A $PWD"'], env: { A: "x 'y" }, cwd: "~" }), "/usr")).toBe(
      "x 'y /usr\n",
    );
    expect(remoteLine({ argv: ["pwd"], cwd: "~/my dir" })).toContain(`cd -- "$HOME"/'my dir' && pwd`);
  });

  it("runs as root through sudo without a prompt", () => {
    expect(remoteLine({ argv: ["id"], asRoot: true })).toMatch(/^sudo -n -- id;/);
    expect(remoteLine({ argv: ["id"], asRoot: true, cwd: "~/x" })).toContain(`"$HOME"/x id;`);
  });

  it("puts a command with a unit into a scope of systemd, as root or as the login with its own search path", () => {
    const asRoot = remoteLine({ argv: ["apt", "update"], asRoot: true, unit: "limaform-build-apt-1" });
    expect(asRoot).toMatch(/^sudo -n -- systemd-run --scope .*--unit=limaform-build-apt-1 -- apt update;/);
    const own = remoteLine({ argv: ["make"], unit: "limaform-build-x-1", env: { A: "b c" } });
    expect(own).toContain("systemd-run --scope");
    expect(own).toContain(' PATH="$PATH" "$@"');
    expect(own).toMatch(/ limaform-build-x-1 env 'A=b c' make;/);
  });

  it("refuses a NUL, which would cut the command short", () => {
    expect(() => remoteLine({ argv: ["a\0b"] })).toThrow(TypeError);
  });

  it("keeps 255 for ssh itself", () => {
    expect(() => sh(remoteLine({ argv: ["sh", "-c", "exit 255"] }))).toThrow(expect.objectContaining({ status: 254 }));
    expect(() => sh(remoteLine({ argv: ["sh", "-c", "exit 3"] }))).toThrow(expect.objectContaining({ status: 3 }));
  });

  it("gives a person their login shell where they asked for nothing", () => {
    expect(interactiveLine([], "~/repo")).toMatch(/^cd -- "\$HOME"\/repo && "\$SHELL" -l;/);
    expect(interactiveLine(["ls", "a b"], null)).toMatch(/^ls 'a b';/);
  });
});

describe("readLimaSsh", () => {
  const text = 'Host lima-w-1\n  IdentityFile "/h/_config/user"\n  User agent\n  Hostname 127.0.0.1\n  Port 40123\n';
  it("takes user and port of the last start", () => {
    expect(readLimaSsh(text, "lima-w-1")).toEqual({ user: "agent", port: 40_123 });
  });
  it("does not take a clone's inherited file for its own", () => {
    expect(readLimaSsh(text, "lima-w-2")).toBeNull();
  });
  it("gives nothing for a file that is absent or damaged", () => {
    expect(readLimaSsh("", "lima-w-1")).toBeNull();
    expect(readLimaSsh(text.replace("40123", "99999"), "lima-w-1")).toBeNull();
    expect(readLimaSsh(text.replace("agent", '"-oProxyCommand=x"'), "lima-w-1")).toBeNull();
  });
});

describe("renderSshConfig", () => {
  const config = renderSshConfig({
    alias: "lima-w-1",
    user: "agent",
    port: 40_123,
    identityFile: "/h me/_config/user",
    knownHostsFile: "/h me/w-1/limaform-known_hosts",
  });

  it("is understood by ssh as it is meant", async ({ skip }) => {
    const folder = await mkdtemp("/tmp/lf-ssh-");
    try {
      const file = join(folder, "config");
      const { writeFile } = await import("node:fs/promises");
      await writeFile(file, config);
      let said = "";
      try {
        said = execFileSync("ssh", ["-G", "-F", file, "lima-w-1"], { encoding: "utf8" });
      } catch (error) {
        skip((error as { code?: string }).code === "ENOENT", "ssh is not here");
        throw error;
      }
      for (const line of [
        "hostname 127.0.0.1",
        "port 40123",
        "user agent",
        "identityfile /h me/_config/user",
        "userknownhostsfile /h me/w-1/limaform-known_hosts",
        "stricthostkeychecking true",
        "forwardagent no",
        "forwardx11 no",
        "clearallforwardings yes",
        "permitlocalcommand no",
        "updatehostkeys false",
        "batchmode yes",
        "hostkeyalias lima-w-1",
      ]) {
        expect(said.split("\n")).toContain(line);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("classifySsh", () => {
  const outcome = {
    argv: ["ssh"],
    exitCode: 255,
    signalName: null,
    startError: null,
    isTimedOut: false,
    isAborted: false,
    stdout: "",
    stdoutBytes: new Uint8Array(),
    stderr: "",
    isCut: false,
    elapsedMs: 1,
    timeoutMs: 5000,
  };
  it.each([
    ["GUEST_UNREACHABLE", { stderr: "ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n" }],
    ["GUEST_UNREACHABLE", { exitCode: null, signalName: "SIGKILL" }],
    ["GUEST_HOST_KEY_CHANGED", { stderr: "Host key verification failed.\n" }],
    ["GUEST_TIMED_OUT", { isTimedOut: true, exitCode: null }],
    ["GUEST_SSH_MISSING", { startError: "ENOENT", exitCode: null }],
  ])("gives %s", (code, extra) => {
    expect(classifySsh({ ...outcome, ...extra }, "w-1")?.code).toBe(code);
  });
  it("leaves the command's own exit codes alone", () => {
    expect(classifySsh({ ...outcome, exitCode: 127 }, "w-1")).toBeNull();
  });
  it("calls only a broken connection transient", () => {
    expect(classifySsh(outcome, "w-1")?.isTransient).toBe(true);
    expect(classifySsh({ ...outcome, stderr: "Host key verification failed." }, "w-1")?.isTransient).toBe(false);
  });
});

describe("controlFolder", () => {
  const uid = process.getuid?.() ?? 0;
  it("is private and short, in the runtime folder where there is one", async () => {
    const runtime = await mkdtemp("/tmp/lf-run-");
    try {
      const folder = await controlFolder({ XDG_RUNTIME_DIR: runtime }, uid);
      expect(folder).toBe(join(runtime, "limaform"));
      expect((await stat(join(runtime, "limaform"))).mode & 0o777).toBe(0o700);
      // Opened to others, replaced by a link, too long a path: not used.
      await chmod(join(runtime, "limaform"), 0o755);
      expect(await controlFolder({ XDG_RUNTIME_DIR: runtime }, uid)).not.toBe(folder);
      await rm(join(runtime, "limaform"), { recursive: true });
      await symlink("/tmp", join(runtime, "limaform"));
      expect(await controlFolder({ XDG_RUNTIME_DIR: runtime }, uid)).not.toBe(folder);
    } finally {
      await rm(runtime, { recursive: true });
    }
    expect(await controlFolder({ XDG_RUNTIME_DIR: `/tmp/${"x".repeat(90)}` }, uid)).not.toContain("xxx");
  });
});

describe("createLimit", () => {
  it("lets only so many run at a time, in order, and goes on after a failure", async () => {
    const limit = createLimit(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const task = (id: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      order.push(id);
      running -= 1;
      if (id === 1) throw new Error("one");
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((id) => limit(task(id))));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
      "fulfilled",
    ]);
  });
});
