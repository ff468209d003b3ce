import type { Backend } from "./backend.js";
import { createCodexReader } from "./codex-stream.js";

/** Codex CLI. Its own sandbox stays on without `--yolo`. */
export const codex: Backend = {
  name: "codex",
  title: "Codex CLI",
  install: {
    package: "@openai/codex",
    recipe: 1,
    program: null,
    platform: {
      x86_64: {
        package: "@openai/codex",
        versionSuffix: "-linux-x64",
        program: "vendor/x86_64-unknown-linux-musl/bin/codex",
      },
      aarch64: {
        package: "@openai/codex",
        versionSuffix: "-linux-arm64",
        program: "vendor/aarch64-unknown-linux-musl/bin/codex",
      },
    },
    needsNode: null,
  },
  check: { argv: ["codex", "--version"], pattern: /^codex-cli (\S+)/u },
  // No updates, no side traffic, and a refused connection ends a run instead of being tried for ever.
  files: [
    {
      path: "~/.codex/config.toml",
      text: [
        "check_for_update_on_startup = false",
        "features = { plugins = false, unbounded_connection_retries = false }",
        "analytics = { enabled = false }",
        "",
      ].join("\n"),
    },
  ],
  env: {},
  secretEnv: ["CODEX_API_KEY"],
  credentialFiles: [".codex/auth.json"],
  stateFolders: [".codex"],
  baseUrlEnv: null,
  hosts: ["api.openai.com"],
  tellsCost: false,
  safeMode: "its own sandbox lets it write in the repository only, without network; the rest is refused",
  createReader: createCodexReader,
  start: ({ prompt, conversation, isYolo, model }) => ({
    argv: [
      ...["codex", "exec"],
      ...(conversation === null ? [] : ["resume"]),
      ...["--json", "--skip-git-repo-check"],
      ...(isYolo ? ["--dangerously-bypass-approvals-and-sandbox"] : ["-c", 'sandbox_mode="workspace-write"']),
      ...(model === null ? [] : ["-m", model]),
      ...(conversation === null ? [] : [conversation]),
      ...["--", prompt],
    ],
    env: {},
  }),
};
