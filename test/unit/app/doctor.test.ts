import { describe, expect, it } from "vitest";
import type { HomeFacts } from "../../../src/adapters/doctor/lima-home.js";
import type { ProgramFacts } from "../../../src/adapters/doctor/programs.js";
import type { SystemFacts } from "../../../src/adapters/doctor/system.js";
import { type BaseImageState, checkBaseImage } from "../../../src/app/doctor-base-image.js";
import { isAtLeast } from "../../../src/app/doctor-check.js";
import type { DoctorCheck } from "../../../src/app/doctor-document.js";
import { checkHost, type HostState } from "../../../src/app/doctor-host.js";
import { checkLima, type LimaState } from "../../../src/app/doctor-lima.js";
import { installLine, packageManagerOf } from "../../../src/app/doctor-packages.js";
import { checkPrograms, type FoundPrograms, PROGRAMS } from "../../../src/app/doctor-programs.js";
import { checkProject, type ProjectState } from "../../../src/app/doctor-project.js";
import type { HeldLock } from "../../../src/ports/host.js";

const GIB = 1024 ** 3;
const NOW = Date.parse("2026-11-22T20:00:00Z");

const debian: SystemFacts = {
  ...{ os: "linux", arch: "x64", node: "24.1.0", kernel: "6.12.1", name: "Debian GNU/Linux 13", families: ["debian"] },
  ...{ managers: ["apt-get"], user: "uma", uid: 1000, sudoUser: null, hasSudo: true },
  passwd: "root:x:0:0::/root:/bin/sh\numa:x:1000:1000::/home/uma:/bin/sh\n",
};
const program = (version: string | null, text = ""): ProgramFacts => ({ path: "/usr/bin/x", version, text });
const allPrograms: FoundPrograms = {
  limactl: program("2.2.0"),
  others: Object.fromEntries(PROGRAMS.map(({ name }) => [name, program("9.9.9")])),
};
const without = (name: string): FoundPrograms => ({ ...allPrograms, others: { ...allPrograms.others, [name]: null } });

/** Each check in short: `id status`, and its first advice. */
const short = (checks: readonly DoctorCheck[]) =>
  checks.filter(({ status }) => status !== "ok").map(({ id, status, next }) => `${id} ${status}: ${next[0] ?? ""}`);

describe("the check of programs", () => {
  it("has nothing to say where all are there", () => {
    expect(short(checkPrograms(debian, allPrograms))).toEqual([]);
  });

  it.each([
    [{ families: ["ubuntu", "debian"] }, "qemu-img", "sudo apt-get install --yes qemu-utils"],
    [{ families: ["fedora"] }, "ssh", "sudo dnf install --assumeyes openssh-clients"],
    [{ families: ["arch"] }, "qemu-system-ARCH", "sudo pacman --sync --needed qemu-system-x86"],
    [{ families: ["opensuse-leap", "suse"] }, "qemu-system-ARCH", "sudo zypper install qemu-x86"],
    [{ families: ["alpine"], hasSudo: false }, "git", "su -c 'apk add git'"],
    [{ families: ["debian"], uid: 0 }, "git", "apt-get install --yes git"],
    [
      { families: ["debian"], arch: "arm64" },
      "qemu-system-ARCH",
      "sudo apt-get install --yes qemu-system-arm qemu-efi-aarch64",
    ],
    [{ families: [], managers: ["brew"] }, "git", "brew install git"],
    [{ families: ["void"], managers: [] }, "git", "install git"],
  ])("says on %j how to get %s", (system, name, line) => {
    expect(short(checkPrograms({ ...debian, ...system }, without(name)))).toEqual([
      expect.stringContaining(`missing: ${line}`),
    ]);
  });

  it("only warns without rsync, and of a git that cannot accept results", () => {
    expect(short(checkPrograms(debian, without("rsync")))).toEqual([expect.stringMatching(/^rsync warning/)]);
    const old = { ...allPrograms, others: { ...allPrograms.others, git: program("2.37.9") } };
    expect(short(checkPrograms(debian, old))).toEqual([expect.stringMatching(/^git warning/)]);
  });

  it.each([
    [null, "missing"],
    [program("2.1.9"), "missing"],
    [program("1.0"), "missing"],
    [program(null, "limactl: broken"), "warning"],
  ])("names Lima's archive for %j", (limactl, status) => {
    const [found] = checkPrograms(debian, { ...allPrograms, limactl }).filter(({ id }) => id === "limactl");
    expect(found?.status).toBe(status);
    if (status === "missing") expect(found?.next.join(" ")).toMatch(/lima-2\.2\.0-Linux-x86_64\.tar\.gz.* sudo tar /);
  });

  it("needs no version of limactl from root, who gets none", () => {
    const limactl = program(null);
    expect(short(checkPrograms({ ...debian, uid: 0 }, { ...allPrograms, limactl }))).toEqual([]);
  });

  it("asks on macOS for its own machines instead of QEMU", () => {
    const mac = { ...debian, os: "darwin", kernel: "24.1.0", families: [], managers: ["brew"] };
    const ids = checkPrograms(mac, { ...allPrograms, limactl: null }).map(({ id }) => id);
    expect(ids).toContain("vz");
    expect(ids).not.toContain("qemu");
    expect(short(checkPrograms({ ...mac, kernel: "21.6.0" }, allPrograms))).toEqual(["vz missing: update macOS"]);
    expect(short(checkPrograms(mac, { ...allPrograms, limactl: null }))).toEqual([
      expect.stringContaining("limactl missing: brew install lima"),
    ]);
  });
});

describe("package managers", () => {
  it("are known by the family of the system, also on a bare PATH, else by what is on PATH", () => {
    expect(packageManagerOf({ ...debian, managers: [] })).toBe("apt-get");
    expect(packageManagerOf({ ...debian, families: [], managers: ["zypper", "brew"] })).toBe("zypper");
    expect(packageManagerOf({ ...debian, families: [], managers: [] })).toBeNull();
  });

  it("install several tools by one line, each package once", () => {
    expect(installLine(debian, ["ssh", "ssh-keygen", "rsync"])).toBe("sudo apt-get install --yes openssh-client rsync");
    expect(installLine(debian, [])).toBeNull();
  });
});

describe("versions", () => {
  it.each([
    ["22.12.0", "22.12", true],
    ["22.11.9", "22.12", false],
    ["3", "2.9", true],
    ["2.2.0-rc.1", "2.2.0", true],
    ["9.2p1", "8.0", true],
    ["unknown", "2.2.0", true],
  ])("%s is at least %s: %s", (found, wanted, expected) => expect(isAtLeast(found, wanted)).toBe(expected));
});

const host: HostState = {
  ...{ system: debian, invocation: ["/opt/lf/bin/limaform", "doctor"], kvm: { runs: true, text: "kvm runs guests" } },
  ...{ hasQemu: true, cpus: 8, memoryBytes: 16 * GIB, wanted: null, nowMs: NOW, newestMs: NOW - 1000 },
};

describe("the check of the machine", () => {
  it("has nothing to say of a good one", () => expect(short(checkHost(host))).toEqual([]));

  it("gives root the line that runs as another user", () => {
    expect(short(checkHost({ ...host, system: { ...debian, uid: 0 } }))).toEqual([
      "user missing: sudo -u uma /opt/lf/bin/limaform doctor",
    ]);
    const alone = { ...debian, uid: 0, passwd: "", hasSudo: false };
    expect(short(checkHost({ ...host, system: alone }))).toEqual([
      "user missing: useradd --create-home limaform && runuser -u limaform -- /opt/lf/bin/limaform doctor",
    ]);
  });

  it("says what emulation means, and what to do about each reason", () => {
    const kvm = (text: string) => checkHost({ ...host, kvm: { runs: false, text } }).filter(({ id }) => id === "kvm");
    expect(kvm("there is no /dev/kvm")[0]).toMatchObject({
      status: "warning",
      why: expect.stringContaining("emulated"),
    });
    expect(kvm("there is no /dev/kvm")[0]?.next[0]).toBe("sudo modprobe kvm");
    expect(kvm("/dev/kvm is there, but this user may not use it (EACCES)")[0]?.next.join()).toContain("usermod");
    expect(kvm("a guest under KVM hangs")[0]?.next.join()).toContain("nested");
    expect(short(checkHost({ ...host, kvm: null, hasQemu: false }))).toEqual(["kvm skipped: "]);
  });

  it("compares the spec with the memory and the CPUs", () => {
    const wanted = { workers: 5, cpus: 4, memoryBytes: 4 * GIB };
    expect(short(checkHost({ ...host, wanted }))).toEqual([expect.stringMatching(/^capacity warning/)]);
    expect(short(checkHost({ ...host, wanted: { ...wanted, workers: 4 } }))).toEqual([]);
    expect(short(checkHost({ ...host, wanted: { ...wanted, workers: 1, cpus: 9 } }))).toHaveLength(1);
  });

  it("doubts a clock that is behind its own files", () => {
    expect(short(checkHost({ ...host, newestMs: NOW + 60_000 }))).toEqual([]);
    expect(short(checkHost({ ...host, newestMs: NOW + 3_600_000 }))).toEqual([
      "clock warning: sudo timedatectl set-ntp true",
    ]);
  });

  it("refuses other systems", () => {
    expect(short(checkHost({ ...host, system: { ...debian, os: "win32" } }))).toEqual(["system missing: use WSL 2"]);
  });
});

const home: HomeFacts = {
  ...{ path: "/home/uma/.lima", nearest: "/home/uma/.lima", isThere: true, isFolder: true, mode: 0o700 },
  ...{ ownerUid: 1000, isWritable: true, freeBytes: 99 * GIB, problem: null },
};
const lima: LimaState = {
  ...{ system: debian, home, maxNameLength: 64, project: "my-app", openDefaults: [], defaultFiles: [] },
};
const withHome = (changes: Partial<HomeFacts>) => short(checkLima({ ...lima, home: { ...home, ...changes } }));

describe("the check of LIMA_HOME", () => {
  it("has nothing to say of a good one, nor of one that is not there yet", () => {
    expect(short(checkLima(lima))).toEqual([]);
    expect(withHome({ isThere: false, nearest: "/home/uma", ownerUid: 0 })).toEqual([]);
  });

  it("names what is wrong with the folder", () => {
    expect(withHome({ isWritable: false })).toEqual([expect.stringMatching(/^lima-home missing: ls -ld/)]);
    expect(withHome({ ownerUid: 0 })).toEqual([expect.stringMatching(/^lima-home missing/)]);
    expect(withHome({ isFolder: false })).toEqual([expect.stringMatching(/^lima-home missing/)]);
    expect(withHome({ problem: "EACCES" })).toEqual([expect.stringMatching(/^lima-home missing/)]);
    expect(withHome({ mode: 0o775 })).toEqual(["lima-home warning: chmod go-w /home/uma/.lima"]);
  });

  it("warns of little room", () => {
    expect(withHome({ freeBytes: 3 * GIB })).toEqual(["disk warning: df -h /home/uma/.lima"]);
    expect(withHome({ freeBytes: null })).toEqual([expect.stringMatching(/^disk skipped/)]);
  });

  it("says when names will not fit, for certain where the project is known", () => {
    expect(short(checkLima({ ...lima, maxNameLength: 24 }))).toEqual([expect.stringMatching(/^names missing/)]);
    expect(short(checkLima({ ...lima, maxNameLength: 49, project: null }))).toEqual([
      expect.stringMatching(/^names warning/),
    ]);
  });

  it("names file and key of defaults that would open the configuration", () => {
    const file = "/home/uma/.lima/_config/override.yaml";
    const openDefaults = [{ key: "mounts", found: "[…]", expected: "none", file }];
    const [check] = checkLima({ ...lima, openDefaults, defaultFiles: [file] }).filter(({ id }) => id === "lima-config");
    expect(check).toMatchObject({ status: "missing", next: [`take mounts out of ${file}`] });
    expect(short(checkLima({ ...lima, openDefaults: null, defaultFiles: [file] }))).toEqual(["lima-config skipped: "]);
    expect(short(checkLima({ ...lima, defaultFiles: [file] }))).toEqual([]);
  });

  it("does not look at root's", () => {
    expect(short(checkLima({ ...lima, system: { ...debian, uid: 0 } }))).toEqual(["lima-home skipped: "]);
  });
});

const problem = {
  code: "STORE_NEWER_FORMAT",
  message: "journal.ndjson was written by limaform 9",
  hint: "use limaform 9",
};
const state = { path: "/l/_limaform/my-app", held: [], unfinished: [], notices: [], problem: null };
const project: ProjectState = {
  spec: { kind: "valid", file: "/r/limaform.toml", warnings: [] },
  repository: { kind: "git", root: "/r", notes: [] },
  ...{ untrusted: null, state, leftovers: [] },
};
const held = (liveness: HeldLock["liveness"]): HeldLock => ({
  ...{ instance: null, path: "/l/lock.json", liveness, id: "x" },
  holder: {
    ...{
      operation: "apply",
      owner: "o",
      host: "h",
      bootId: "b",
      pid: 7,
      processStart: "1",
      since: "2026-11-22T19:00:00Z",
    },
  },
});

describe("the check of the project", () => {
  it("has nothing to say of a good one, nor of locks that live or that are taken over", () => {
    expect(short(checkProject(project))).toEqual([]);
    for (const liveness of ["alive", "dead"] as const)
      expect(short(checkProject({ ...project, state: { ...state, held: [held(liveness)] } }))).toEqual([]);
  });

  it("works without a spec and says how to get one", () => {
    expect(short(checkProject({ ...project, spec: { kind: "none" }, state: null }))).toEqual([
      "spec warning: limaform init",
    ]);
  });

  it.each<[Partial<ProjectState>, string]>([
    [
      { spec: { kind: "invalid", count: 2, problem: { ...problem, code: "SPEC_INVALID" } } },
      "spec missing: limaform validate",
    ],
    [{ spec: { kind: "unknown", problem } }, "spec skipped: "],
    [{ repository: { kind: "none" } }, "repository warning: git init"],
    [{ repository: { kind: "git", root: "/r", notes: ["Submodules (a) are not carried."] } }, "repository warning: "],
    [{ untrusted: ["/etc/x (vm.image, limaform.toml:3:1)"] }, "trust missing: limaform trust"],
    [{ state: { ...state, held: [held("unknown")] } }, "lock warning: limaform unlock"],
    [{ state: { ...state, problem } }, "state missing: use limaform 9"],
    [{ state: { ...state, unfinished: ["create worker.default[1]"] } }, "state warning: limaform plan"],
    [{ state: { ...state, notices: ["line 3 of journal.ndjson is damaged"] } }, "state warning: limaform plan"],
    [{ leftovers: ["/tmp/limaform-a b"] }, "leftovers warning: rm -r '/tmp/limaform-a b'"],
  ])("says of %j: %s", (changes, line) => expect(short(checkProject({ ...project, ...changes }))).toEqual([line]));
});

describe("the check of the base image", () => {
  const file = {
    what: "base image",
    location: "https://images.test/a.qcow2",
    bytes: 3 * 1024 ** 2,
    unknown: null,
  } as const;
  const state = (files: BaseImageState["files"], skipped: string | null = null): readonly DoctorCheck[] => [
    checkBaseImage({ files, arch: "aarch64", skipped }),
  ];

  it("has nothing to say where it is known how large it is and where it comes from", () => {
    for (const from of ["cache", "download", "file"] as const) expect(short(state([{ ...file, from }]))).toEqual([]);
    expect(state([{ ...file, from: "download" }])[0]?.text).toBe(
      "the base image https://images.test/a.qcow2 is to be downloaded: 3 MiB",
    );
  });

  it.each([
    [state([{ ...file, from: "download", bytes: null, unknown: "no answer" }]), "warning: behind a proxy"],
    [
      state([{ ...file, from: "file", location: "/a.img", bytes: null, unknown: "it is not there" }]),
      "missing: ls -l /a.img",
    ],
    [state(null), 'missing: add an entry with arch = "aarch64"'],
    [state(null, "as root"), "skipped: "],
  ])("says of the others what is to be done: %#", (checks, line) => {
    expect(short(checks)).toEqual([expect.stringContaining(`base-image ${line}`)]);
  });
});
