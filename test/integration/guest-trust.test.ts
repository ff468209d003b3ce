import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DriverPorts } from "../../src/resources/driver-ports.js";
import { runCa } from "../../src/resources/image/recipes/run-ca.js";
import type { DriverContext, DriverStep } from "../../src/resources/kind.js";
import { type LocalGuest, makeLocalGuest } from "../support/local-guest.js";
import { smallDiskMissing } from "../support/small-disk.js";
import { type Certificates, hasOpenssl, makeCertificates, makeTlsServer } from "../support/tls.js";

/*
 * `vm.ca_certs` in a guest: the recipe's own script, as root of a user namespace whose /etc and /usr/local are folders of this
 * test, and then real programs against a server whose certificate ends in that root.
 */

const missing = smallDiskMissing();
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

describe.skipIf((missing !== null || !hasOpenssl()) && process.env.CI !== "true")(
  "extra trust roots in a guest",
  () => {
    let guest: LocalGuest & { close(): Promise<void> };
    let root: string;
    let server: Awaited<ReturnType<typeof makeTlsServer>>;
    let certificates: Certificates;
    beforeEach(async () => {
      expect(missing).toBeNull();
      guest = await makeLocalGuest();
      root = await realpath(guest.home);
      for (const folder of ["etc/ssl/certs", "etc/profile.d", "etc/sudoers.d", "local", "bin"]) {
        mkdirSync(join(root, folder), { recursive: true });
      }
      // Programs of this machine keep their own settings beside the bundle.
      writeFileSync(join(root, BUNDLE), "");
      writeFileSync(join(root, "etc/environment"), "LANG=C.UTF-8\nSSL_CERT_FILE=/old\n");
      for (const file of ["/etc/hosts", "/etc/passwd", "/etc/nsswitch.conf", "/etc/ld.so.cache"]) {
        if (existsSync(file)) copyFileSync(file, join(root, file));
      }
      // awk and others are links to there.
      execFileSync("cp", ["-a", "/etc/alternatives", join(root, "etc")]);
      certificates = await makeCertificates(root, ["DNS:localhost"]);
      server = await makeTlsServer(certificates, (_request, response) => void response.end("trusted\n"));
      const mount = 'mount --bind "$0/etc" /etc && mount --bind "$0/local" /usr/local && exec "$@"';
      guest.enter = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, root];
    });
    afterEach(async () => {
      await server.close();
      await guest.close();
    });

    async function install(pem: string): Promise<void> {
      const step = { instance: "app-tools-0" } as DriverStep;
      const context = { signal: new AbortController().signal, report: () => {}, log: () => {} };
      const build = {
        name: "ca-certs",
        title: "extra trust roots",
        key: "k",
        kind: "ca",
        timeoutMs: 30_000,
        inputs: { pem },
      };
      await runCa({ guest } as unknown as DriverPorts, step, build, context as unknown as DriverContext);
    }
    const textOf = (path: string) => readFileSync(join(root, path), "utf8");
    const NODE = `"${process.execPath}" -e 'fetch(process.argv[1]).then(async (answer) => process.stdout.write(await answer.text()))'`;
    const PYTHON = `python3 -c 'import sys, urllib.request as r; sys.stdout.write(r.urlopen(sys.argv[1]).read().decode())'`;
    /** With what PAM would read before a command, and nothing else. */
    const ask = (command: string) =>
      guest.sh(`set -a; . /etc/environment; set +a; ${command} https://localhost:${server.port}/ 2>&1 || echo failed`);

    it.each([
      ["Node", NODE],
      ["curl", "curl -sS"],
      ["Python", PYTHON],
      ["git", `sh -c 'git ls-remote "$0" 2>&1 | grep -q "certificate" || echo trusted'`],
    ])("are trusted by %s, and were not before", async (_, command) => {
      expect(await ask(command)).not.toContain("trusted\n".trim());
      await install(readFileSync(certificates.root, "utf8"));
      expect(await ask(command)).toContain("trusted");
    });

    it("stand in every kind of environment once, however often the step is done, beside what was there", async () => {
      const pem = readFileSync(certificates.root, "utf8");
      await install(pem);
      await install(pem);
      expect(textOf(BUNDLE).match(/BEGIN CERTIFICATE/gu)?.length).toBe(1);
      const environment = textOf("etc/environment").trim().split("\n");
      expect(environment[0]).toBe("LANG=C.UTF-8");
      const names = environment.slice(1).map((line) => line.split("=")[0]);
      expect(names).toEqual(
        expect.arrayContaining(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "PIP_CERT", "CARGO_HTTP_CAINFO"]),
      );
      expect(new Set(environment.slice(1).map((line) => line.split("=")[1]))).toEqual(new Set([BUNDLE]));
      for (const name of names) {
        expect(textOf("etc/profile.d/limaform-ca.sh")).toContain(`export ${name}=${BUNDLE}\n`);
        expect(textOf("etc/systemd/system.conf.d/limaform-ca.conf")).toContain(`${name}=${BUNDLE}`);
        expect(textOf("etc/systemd/user.conf.d/limaform-ca.conf")).toContain(`${name}=${BUNDLE}`);
        const sudoers = execFileSync("unshare", ["--map-root-user", "cat", join(root, "etc/sudoers.d/limaform-ca")]);
        expect(sudoers.toString()).toContain(name);
      }
    });

    it("can be found by their hash too, and one that is gone from the spec goes", async () => {
      const pem = readFileSync(certificates.root, "utf8");
      await install(`${pem}${pem}`);
      expect(await guest.sh("openssl verify -CApath /etc/ssl/certs ~/leaf.pem 2>&1")).toContain("leaf.pem: OK");
      expect(await guest.sh("ls /usr/local/share/ca-certificates")).toBe("limaform-1.crt\nlimaform-2.crt");
      await install(pem);
      expect(await guest.sh("ls /usr/local/share/ca-certificates")).toBe("limaform-1.crt");
    });
  },
);
