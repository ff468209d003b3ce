import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { BACKENDS } from "../../../src/backends/registry.js";

/* What of an agent's settings is baked into an image: updates off, first dialogs answered, no login. */

/** Names and values as the programs' own docs have them. */
const QUIET: Readonly<Record<string, { readonly path: string; readonly holds: object; readonly env: object }>> = {
  claude: {
    path: "~/.claude/settings.json",
    holds: { skipDangerousModePermissionPrompt: true, env: { DISABLE_AUTOUPDATER: "1" } },
    env: { DISABLE_AUTOUPDATER: "1" },
  },
  codex: { path: "~/.codex/config.toml", holds: { check_for_update_on_startup: false }, env: {} },
  gemini: {
    path: "/etc/gemini-cli/settings.json",
    holds: { general: { enableAutoUpdate: false }, security: { folderTrust: { enabled: false } } },
    env: {},
  },
  opencode: {
    path: "~/.config/opencode/opencode.json",
    holds: { autoupdate: false },
    env: { OPENCODE_DISABLE_AUTOUPDATE: "1" },
  },
};
const installed = BACKENDS.filter(({ install }) => install !== null);
const read = (path: string, text: string): unknown => (path.endsWith(".toml") ? parse(text) : JSON.parse(text));

describe("the settings of agents in an image", () => {
  it("are decided for every agent that is installed", () => {
    expect(installed.map(({ name }) => name).sort()).toEqual(Object.keys(QUIET));
  });

  it.each(installed)("turn the updates of $name off, in its settings and its runs", ({ name, files, env }) => {
    const wanted = QUIET[name];
    const file = files.find(({ path }) => path === wanted?.path);
    expect(read(file?.path ?? "", file?.text ?? "")).toMatchObject(wanted?.holds ?? {});
    expect(env).toMatchObject(wanted?.env ?? {});
  });

  it.each(installed)("of $name hold no login, and lie where none is kept", ({ files, secretEnv, credentialFiles }) => {
    for (const { path, text } of files) {
      expect(credentialFiles.map((file) => `~/${file}`)).not.toContain(path);
      for (const name of secretEnv) expect(text).not.toContain(name);
      expect(read(path, text)).toBeTypeOf("object");
    }
  });

  it("answer the greeting with which Claude Code begins on a terminal", () => {
    const file = installed.find(({ name }) => name === "claude")?.files.find(({ path }) => path === "~/.claude.json");
    expect(JSON.parse(file?.text ?? "{}")).toEqual({ hasCompletedOnboarding: true });
  });
});
