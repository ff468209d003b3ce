import { describe, expect, it } from "vitest";
import { childEnv } from "../../../../src/adapters/lima/child-env.js";
import { cloneMethodOf } from "../../../../src/adapters/lima/clone-method.js";
import { readListingLine } from "../../../../src/adapters/lima/listing-line.js";
import { readLog } from "../../../../src/adapters/lima/log-lines.js";
import { assertInstanceName, hostnameOf, maxNameLength } from "../../../../src/adapters/lima/names.js";
import { belongsTo } from "../../../../src/adapters/lima/ownership.js";
import { editFlags } from "../../../../src/adapters/lima/params.js";
import { refuseRoot } from "../../../../src/adapters/lima/root.js";
import { checkVersion, readVersion } from "../../../../src/adapters/lima/version.js";

describe("names", () => {
  it("leave 80 bytes for home and name together on Linux, 76 on macOS", () => {
    expect(maxNameLength("linux", "/home/me/.lima")).toBe(66);
    expect(maxNameLength("darwin", "/Users/me/.lima")).toBe(61);
    expect(maxNameLength("linux", "/l")).toBe(76);
    expect(maxNameLength("linux", "/".padEnd(200, "x"))).toBe(0);
  });

  it.each(["a", "A1", "shop-worker-1", "a.b_c-d"])("accept %s", (name) => {
    expect(() => assertInstanceName(name)).not.toThrow();
  });

  it.each(["", "-a", "a-", "a--b", "a/b", "..", "a b", "a.yaml", "a.yml", "x".repeat(77), "--set", "a\n"])(
    "refuse %j",
    (name) => {
      expect(() => assertInstanceName(name)).toThrow(expect.objectContaining({ code: "LIMA_NAME" }));
    },
  );

  it("become ssh aliases as Lima makes them", () => {
    expect(hostnameOf("a.b_c-1")).toBe("lima-a-b-c-1");
  });
});

describe("version", () => {
  it.each([
    ["limactl version 2.2.0\n", "2.2.0"],
    ["limactl version v2.3.0-12-gabc.m", "2.3.0-12-gabc.m"],
    ["limactl version <unknown>", "<unknown>"],
  ])("is read from %j", (text, version) => expect(readVersion(text)).toBe(version));

  it.each(["2.2.0", "2.2.1", "2.10.0", "3.0.0", "2.2.0-4-gabc", "<unknown>", "abcdef"])(
    "%s is new enough",
    (version) => {
      expect(() => checkVersion(version)).not.toThrow();
    },
  );

  it.each(["2.1.4", "1.9.9", "0.20.0"])("%s is too old", (version) => {
    expect(() => checkVersion(version)).toThrow(expect.objectContaining({ code: "LIMA_TOO_OLD" }));
  });
});

describe("root", () => {
  const facts = {
    uid: 0,
    sudoUser: null,
    passwd: "root:x:0:0::/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nana:x:1000:1000::/home/ana:/bin/bash\n",
    hasSudo: true,
    invocation: ["limaform", "apply", "--target", "worker.default[1]"],
  };
  const hint = (extra: Partial<typeof facts> | { sudoUser: string }) => {
    try {
      refuseRoot({ ...facts, ...extra });
    } catch (error) {
      return (error as { hint: string }).hint;
    }
    return null;
  };

  it("is told the exact line that runs the same command as another user", () => {
    expect(hint({})).toBe("sudo -u ana limaform apply --target 'worker.default[1]'");
    expect(hint({ sudoUser: "bo" })).toBe("sudo -u bo limaform apply --target 'worker.default[1]'");
    expect(hint({ hasSudo: false })).toBe("runuser -u ana -- limaform apply --target 'worker.default[1]'");
  });

  it("is offered the user limaform first, and a way to make it", () => {
    expect(hint({ passwd: `${facts.passwd}limaform:x:1001:1001::/home/limaform:/bin/bash\n` })).toContain(
      "sudo -u limaform ",
    );
    expect(hint({ passwd: "root:x:0:0::/root:/bin/bash\n" })).toMatch(
      /^useradd --create-home limaform && sudo -u limaform /,
    );
  });

  it("is the only one who is refused", () => {
    expect(hint({ uid: 1000 })).toBeNull();
  });
});

describe("environment of a call", () => {
  const env = {
    PATH: "/bin",
    HOME: "/h",
    LIMA_HOME: "/other",
    http_proxy: "p",
    HTTPS_PROXY: "q",
    SECRET: "s",
    SSH_AUTH_SOCK: "a",
  };
  const options = { limaHome: "/l", isEmulated: false, templatesPath: null, withProxy: false };

  it("has LIMA_HOME and what programs need, and no proxy, agent or secret", () => {
    expect(childEnv(env, options)).toEqual({ PATH: "/bin", HOME: "/h", LC_ALL: "C.UTF-8", LIMA_HOME: "/l" });
  });

  it("has the proxies for a download alone", () => {
    expect(childEnv(env, { ...options, withProxy: true })).toMatchObject({ http_proxy: "p", HTTPS_PROXY: "q" });
  });

  it("names software emulation where KVM does not run, unless the user chose a QEMU", () => {
    expect(childEnv(env, { ...options, isEmulated: true }).QEMU_SYSTEM_X86_64).toMatch(/-accel tcg.* -cpu max,-cx16$/);
    const own = { ...env, QEMU_SYSTEM_X86_64: "my-qemu" };
    expect(childEnv(own, { ...options, isEmulated: true }).QEMU_SYSTEM_X86_64).toBe("my-qemu");
    expect(childEnv(own, options).QEMU_SYSTEM_X86_64).toBe("my-qemu");
  });
});

describe("a line of the listing", () => {
  it("is object, tab, error texts", () => {
    expect(readListingLine('{"name":"a","message":"x\\ty"}\t["one","two"]')).toEqual({
      name: "a",
      fields: { name: "a", message: "x\ty" },
      errors: ["one", "two"],
    });
  });
  it.each(["", "warning", '{"name":"a"}', '{"name":1}\t[]', '{"name":"a"}\t{}', "{\t[]"])("is not %j", (line) => {
    expect(readListingLine(line)).toBeNull();
  });
});

describe("limactl's log", () => {
  it("is JSON, with plain lines of other programs between", () => {
    expect(readLog('{"level":"info","msg":"a","time":"t"}\n\nssh: refused\n{broken\n')).toEqual([
      { level: "info", text: "a" },
      { level: "", text: "ssh: refused" },
      { level: "", text: "{broken" },
    ]);
  });
});

describe("edits", () => {
  it("become exact flags", () => {
    expect(editFlags({ cpus: 2, memoryBytes: 1024 ** 3, diskBytes: 1_000_001, marks: { hold: "", slot: 3 } })).toEqual([
      "--set",
      '.cpus = 2 | .memory = "1GiB" | .disk = "1000001B"',
      "--param",
      "limaform_slot=3",
      "--param",
      "limaform_hold=-",
    ]);
    expect(editFlags({})).toEqual([]);
  });
});

describe("a process", () => {
  const dir = "/h/shop-worker-1";
  it.each([
    [["/usr/bin/limactl", "hostagent", "--pidfile", `${dir}/ha.pid`, "shop-worker-1"], true],
    [["qemu-system-x86_64", "-m", "1024", "-drive", `file=${dir}/disk`], true],
    [["qemu-system-x86_64", "-drive", "file=/h/shop-worker-10/disk"], false],
    [["vim", `${dir}/lima.yaml`], false],
    [["firefox"], false],
    [[], false],
  ])("%j belongs to the instance: %s", (argv, expected) => {
    expect(belongsTo({ pid: 1, argv }, dir)).toBe(expected);
  });
});

describe("the clone method", () => {
  it("is Lima's own where blocks are shared, else linked under qemu, else full", () => {
    expect(cloneMethodOf({ hasReflinks: true, vmType: "qemu" })).toBe("copy-on-write");
    expect(cloneMethodOf({ hasReflinks: true, vmType: "vz" })).toBe("copy-on-write");
    expect(cloneMethodOf({ hasReflinks: false, vmType: "qemu" })).toBe("linked");
    expect(cloneMethodOf({ hasReflinks: false, vmType: "vz" })).toBe("full");
  });
});
