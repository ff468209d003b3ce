import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisHost } from "../../../src/adapters/lock/host.js";
import type { Place } from "./place.js";
import type { Situation } from "./situation.js";

const lima = (name: string, code: string, arrange: (place: Place) => void): Situation => ({
  name,
  argv: ["apply", "--yes"],
  codes: [code],
  exit: 1,
  arrange,
});

/** Writes to the journal end on a device that is always full: the system's own ENOSPC, where it has such a device. */
const FULL_JOURNAL = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { open } = fs.promises;
const hasDevice = fs.existsSync("/dev/full");
fs.promises.open = async (path, flags, mode) => {
  const isIt = String(path).endsWith("/journal.ndjson") && /[wa]/.test(String(flags));
  const file = await open(isIt && hasDevice ? "/dev/full" : path, flags, mode);
  if (isIt && !hasDevice) {
    const refuse = async () => { throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" }); };
    file.writeFile = refuse; file.appendFile = refuse; file.write = refuse;
  }
  return file;
};
syncBuiltinESMExports();
`;

/** A lock of the process that runs this test, and so of one that lives. */
const ourselves = () => thisHost().identify();

export function lock(place: Place, holder: object, project = "shop"): void {
  const state = join(place.home, "_limaform", project);
  mkdirSync(state, { recursive: true });
  writeFileSync(
    join(state, "lock.json"),
    JSON.stringify({
      ...{ format: "limaform.lock", version: 1, nonce: "ab12", hostId: "elsewhere", pidSpace: "x" },
      ...{ operation: "apply", owner: "0123456789ab", host: "buildbox", bootId: "b", pid: 4711 },
      ...{ processStart: "77", since: "2026-11-22T19:00:00Z", ...holder },
    }),
  );
}

/** The machine: programs, permissions, space, locks, the repository. */
export const HOST_SITUATIONS: readonly Situation[] = [
  lima("no limactl", "LIMA_NOT_FOUND", (place) => place.without("limactl")),
  lima("limactl is too old", "LIMA_TOO_OLD", (place) => place.program("limactl", "echo limactl version 1.2.1")),
  lima("limactl is broken", "LIMA_FAILED", (place) =>
    place.program("limactl", "echo 'error while loading shared libraries: libc.so.7' >&2; exit 127"),
  ),
  lima("limactl crashes", "LIMA_FAILED", (place) => place.program("limactl", "kill -SEGV $$")),
  lima("limactl is not executable", "LIMA_FAILED", (place) => {
    place.without("limactl");
    writeFileSync(join(place.folder, "bin/limactl"), "", { mode: 0o644 });
  }),
  lima("limactl lists garbage", "LIMA_LISTING_UNREADABLE", (place) =>
    place.program(
      "limactl",
      'case "$*" in *--version*) echo limactl version 2.2.0;; *) echo "<html>502</html>";; esac',
    ),
  ),
  lima("limactl fails to list", "LIMA_FAILED", (place) =>
    place.faults({ verb: "list", do: "fail", message: "the moon is in the wrong house" }),
  ),
  lima("limactl crashes while it lists", "LIMA_FAILED", (place) => place.faults({ verb: "list", do: "kill" })),
  lima("limactl hangs", "LIMA_TIMED_OUT", (place) => place.program("limactl", "exec sleep 600")),
  lima("root", "LIMA_ROOT_REFUSED", (place) => {
    place.preload("process.geteuid = () => 0;");
    // Which line is told depends on it, and machines differ in it.
    place.without("sudo");
  }),
  lima("no git", "REPO_GIT_NOT_FOUND", (place) => place.without("git")),
  lima("no ssh", "LIMA_TOOL_MISSING", (place) => place.without("ssh")),
  lima("no qemu-img", "LIMA_TOOL_MISSING", (place) => place.without("qemu-img")),
  lima("the project's name is too long for a socket's path", "PLAN_NAME_TOO_LONG", (place) => {
    const home = join(place.folder, "a-folder-with-a-rather-long-name", "and-another-one-below-it-as-long");
    mkdirSync(home, { recursive: true });
    place.env.LIMA_HOME = home;
  }),
  lima("LIMA_HOME is a file", "STORE_FAILED", (place) => {
    place.write("lima-home", "");
    place.env.LIMA_HOME = join(place.user, "lima-home");
  }),
  lima("LIMA_HOME is read-only", "STORE_DENIED", (place) => {
    rmSync(join(place.home, "_limaform"), { recursive: true });
    chmodSync(place.home, 0o500);
  }),
  lima("HOME is read-only and has no LIMA_HOME", "STORE_DENIED", (place) => {
    rmSync(place.home, { recursive: true });
    chmodSync(place.user, 0o500);
  }),
  lima("the state folder is read-only", "STORE_DENIED", (place) => chmodSync(place.state, 0o500)),
  lima("the state folder may not be looked into", "STORE_DENIED", (place) => chmodSync(place.state, 0)),
  {
    ...lima("the disk is full: the journal cannot be written", "STORE_NO_SPACE", (place) =>
      place.preload(FULL_JOURNAL),
    ),
    where: ["/home/uma/.lima/_limaform/shop/journal.ndjson"],
    format: "limaform.apply",
    // No image, no worker, no lock: the record alone.
    mayChange: /^\/\.lima\/_limaform\/shop\/record\.json$/,
  },
  {
    name: "another apply is at work on another host",
    argv: ["apply", "--yes"],
    codes: ["LOCK_BUSY"],
    exit: 75,
    where: ["buildbox", "4711", "limaform unlock"],
    arrange: (place) => lock(place, {}),
  },
  {
    name: "another apply is at work on this host",
    argv: ["apply", "--yes"],
    codes: ["LOCK_BUSY"],
    exit: 75,
    where: ["pid 4242 on laptop"],
    arrange: async (place) => lock(place, await ourselves()),
  },
  {
    name: "unlock while the holder is at work",
    argv: ["unlock", "--yes"],
    codes: ["LOCK_BUSY"],
    exit: 75,
    where: ["pid 4242 on laptop"],
    arrange: async (place) => lock(place, await ourselves()),
  },
  {
    name: "unlock of a lock of another host, without a terminal and without --yes",
    argv: ["unlock"],
    codes: ["USAGE_APPROVAL_NEEDED"],
    exit: 64,
    where: ["limaform unlock --yes"],
    arrange: (place) => lock(place, {}),
  },
  {
    name: "a lock that cannot be read",
    argv: ["apply", "--yes"],
    codes: ["LOCK_BUSY"],
    exit: 75,
    where: ["lock.json"],
    arrange: (place) => lock(place, { version: 2 }),
  },
  lima("git refuses somebody else's repository", "REPO_DUBIOUS_OWNERSHIP", (place) => {
    place.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = "1";
    place.program("git", "echo \"fatal: detected dubious ownership in repository at '$PWD'\" >&2; exit 128");
  }),
  {
    ...lima("the repository is damaged", "REPO_GIT_FAILED", (place) =>
      writeFileSync(join(place.root, ".git/index"), "garbage"),
    ),
    where: ["/home/uma/shop", ".git/index"],
  },
  lima("an uncommitted file may not be read", "REPO_CARRY_FAILED", (place) => {
    writeFileSync(join(place.root, "README.md"), "# changed\n");
    chmodSync(join(place.root, "README.md"), 0);
  }),
  lima("the host's memory would not do", "PLAN_OVER_LIMIT", (place) => place.edit('"512MiB"', '"4000GiB"')),
  lima("the spec names a file outside the repository", "TRUST_REQUIRED", (place) => {
    place.write("images/debian.img", "an image");
    place.edit("./base.img", "../images/debian.img");
  }),
  { ...lima("drift of a fleet that was never made", "DRIFT_NO_BASELINE", () => {}), argv: ["drift"] },
  {
    name: "a worker of a fleet that was never made",
    argv: ["run", "--workers", "9", "--", "true"],
    codes: ["USAGE_NO_WORKERS"],
    exit: 64,
  },
];
