import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resetScript, TRIM } from "../../../../../src/resources/image/hygiene/reset.js";
import { sweepScript } from "../../../../../src/resources/image/hygiene/sweep.js";

/* Both scripts on a planted folder tree: each planted item goes, and each of its look-alikes stays. */

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "limaform-hygiene-"));
  plant("/etc/passwd", PASSWD);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
agent:x:1000:1000::/home/agent.guest:/bin/bash
gone:x:1001:1001::/home/gone:/bin/bash
`;

function plant(path: string, text = "planted\n"): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const textOf = (path: string): string | null =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : null;
const run = (script: string): void => {
  execFileSync("sh", ["-c", script], { stdio: "pipe" });
};

const HOME = "/home/agent.guest";

describe("the sweep", () => {
  const GONE = [
    "/var/cache/apt/archives/jq_1.7_amd64.deb",
    "/var/cache/apt/archives/partial/half.deb",
    "/var/cache/apt/pkgcache.bin",
    "/var/lib/apt/lists/deb.debian.org_dists",
    "/var/cache/dnf/repo/x",
    "/var/cache/yum/x",
    "/var/cache/apk/APKINDEX",
    `${HOME}/.npm/_cacache/index`,
    `${HOME}/.npm/_logs/1.log`,
    `${HOME}/.npm/_npx/x`,
    `${HOME}/.cache/pip/http/x`,
    `${HOME}/.cache/yarn/v6/x`,
    "/root/.npm/_cacache/index",
    "/usr/local/share/.cache/yarn/x",
    "/var/lib/limaform/build/step/log",
    "/var/log/journal/abc/system.journal",
    "/var/log/apt/history.log.1.gz",
    "/var/log/dpkg.log.1",
    "/var/log/boot.log.old",
    "/var/log/cloud-init-output.log",
    "/var/crash/x.crash",
    "/var/lib/systemd/coredump/core.x.zst",
    "/var/spool/mail/root",
    "/tmp/hook-output",
    "/tmp/.hidden/x",
    "/var/tmp/x",
  ];
  const STAYS = [
    "/var/cache/apt/archives/lock",
    "/var/cache/ldconfig/aux-cache",
    `${HOME}/.npmrc`,
    `${HOME}/.bash_history`,
    `${HOME}/.cargo/registry/cache/x.crate`,
    `${HOME}/go/pkg/mod/cache/download/x`,
    `${HOME}/.cache/uv/archive/x`,
    `${HOME}/.config/x`,
    "/var/lib/limaform/marks",
    "/tmp/systemd-private-abc/tmp/x",
    "/home/other/.npm/_cacache/index",
    "/usr/sbin/.npm/_cacache/index",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/machine-id",
  ];

  it.each(GONE)("removes %s", (path) => {
    plant(path);
    run(sweepScript(root));
    expect(textOf(path)).toBeNull();
  });

  it.each(STAYS)("leaves %s", (path) => {
    plant(path);
    run(sweepScript(root));
    expect(textOf(path)).toBe("planted\n");
  });

  it("empties the logs that programs hold open, and can be repeated", () => {
    plant("/var/log/dpkg.log");
    run(sweepScript(root));
    run(sweepScript(root));
    expect(textOf("/var/log/dpkg.log")).toBe("");
  });

  const LIMA = `AAAAC3NzaC1lZDI1NTE5${"A".repeat(48)}`;
  const OTHER = `AAAAC3NzaC1lZDI1NTE5${"B".repeat(48)}`;
  const KEYS = `${HOME}/.ssh/authorized_keys`;

  it.each(["/mnt/lima-cidata/user-data", "/var/lib/cloud/instance/user-data.txt"])(
    "leaves of the keys that may log in those of %s only, lines as they are",
    (userData) => {
      plant(userData, `users:\n  - ssh-authorized-keys:\n    - "ssh-ed25519 ${LIMA} lima"\n`);
      plant(KEYS, `ssh-ed25519 ${LIMA} lima\n# a remark\nssh-ed25519 ${OTHER} somebody\nrestrict ssh-rsa ${OTHER}`);
      plant("/root/.ssh/authorized_keys2", `ssh-ed25519 ${OTHER} somebody\n`);
      run(sweepScript(root));
      run(sweepScript(root));
      expect(textOf(KEYS)).toBe(`ssh-ed25519 ${LIMA} lima\n`);
      expect(textOf("/root/.ssh/authorized_keys2")).toBeNull();
      expect(textOf(`${KEYS}.limaform`)).toBeNull();
    },
  );
});

describe("the identity reset", () => {
  const GONE = [
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/ssh/ssh_host_rsa_key.pub",
    "/var/lib/dbus/machine-id",
    "/var/lib/systemd/random-seed",
    "/var/lib/systemd/credential.secret",
    "/var/lib/urandom/random-seed",
    "/boot/loader/random-seed",
    "/boot/efi/loader/random-seed",
    "/var/lib/NetworkManager/secret_key",
    "/var/lib/NetworkManager/internal-eth0.lease",
    "/var/lib/dhcp/dhclient.leases",
    "/var/lib/limaform/runs/x",
    "/var/log/journal/abc/system.journal",
    "/var/lib/cloud/instances/iid-1/user-data.txt",
    `${HOME}/.bash_history`,
    `${HOME}/.python_history`,
    `${HOME}/.lesshst`,
    `${HOME}/.viminfo`,
    `${HOME}/.wget-hsts`,
    `${HOME}/.node_repl_history`,
    "/root/.bash_history",
  ];
  const STAYS = [
    "/etc/ssh/sshd_config",
    "/etc/ssh/ssh_known_hosts",
    "/var/lib/systemd/timers/stamp-apt-daily.timer",
    "/var/lib/NetworkManager/NetworkManager.state",
    "/var/lib/cloud/seed/nocloud/user-data",
    "/boot/loader/entries/x.conf",
    `${HOME}/.ssh/authorized_keys`,
    `${HOME}/.bashrc`,
    `${HOME}/history`,
    "/home/other/.bash_history",
  ];

  it.each(GONE)("removes %s", (path) => {
    plant(path);
    run(resetScript(root));
    expect(textOf(path)).toBeNull();
  });

  it.each(STAYS)("leaves %s", (path) => {
    plant(path);
    run(resetScript(root));
    expect(textOf(path)).toBe("planted\n");
  });

  it("trims the file systems at its end, on the whole system alone, and goes on where that is not possible", () => {
    expect(resetScript("").endsWith(`\n${TRIM}`)).toBe(true);
    const trim = (fstrim: string | null): string => {
      const bin = join(root, "bin");
      rmSync(bin, { recursive: true, force: true });
      plant("/bin/sync", '#!/bin/sh\necho sync >> "$CALLS"\n');
      if (fstrim !== null) plant("/bin/fstrim", `#!/bin/sh\necho fstrim "$@" >> "$CALLS"\nexit ${fstrim}\n`);
      execFileSync("/bin/chmod", ["-R", "755", bin]);
      plant("/calls", "");
      const env = { PATH: bin, CALLS: join(root, "calls") };
      execFileSync("/bin/sh", ["-eu", "-c", TRIM], { env, stdio: "pipe" });
      return textOf("/calls") ?? "";
    };
    expect(trim("0")).toBe("fstrim -a\nsync\n");
    expect(trim("1")).toBe("fstrim -a\nsync\n");
    expect(trim(null)).toBe("sync\n");
  });

  it("empties the machine id and the logs, and keeps a clone's host key from its first boot on", () => {
    plant("/etc/machine-id", `${"a".repeat(32)}\n`);
    plant("/var/log/syslog");
    run(resetScript(root));
    expect(textOf("/etc/machine-id")).toBe("");
    expect(textOf("/var/log/syslog")).toBe("");
    expect(textOf("/etc/cloud/cloud.cfg.d/90-limaform.cfg")).toBe("ssh_deletekeys: false\n");
  });
});
