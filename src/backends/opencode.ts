import type { Backend } from "./backend.js";
import { createOpencodeReader } from "./opencode-stream.js";

/** OpenCode. Which provider it uses is in its own settings. */
export const opencode: Backend = {
  name: "opencode",
  title: "OpenCode",
  install: {
    package: "opencode-ai",
    recipe: 1,
    program: null,
    platform: {
      x86_64: { package: "opencode-linux-x64", versionSuffix: "", program: "bin/opencode" },
      aarch64: { package: "opencode-linux-arm64", versionSuffix: "", program: "bin/opencode" },
    },
    needsNode: null,
  },
  check: { argv: ["opencode", "--version"], pattern: /^(\d\S*)/u },
  files: [
    {
      path: "~/.config/opencode/opencode.json",
      text: `${JSON.stringify({ autoupdate: false, share: "disabled" }, null, 2)}\n`,
    },
  ],
  env: { OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_AUTOUPDATE: "1" },
  secretEnv: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
  credentialFiles: [".local/share/opencode/auth.json"],
  stateFolders: [".local/share/opencode", ".local/state/opencode"],
  baseUrlEnv: null,
  hosts: [],
  tellsCost: true,
  safeMode: "it edits files; commands are denied",
  createReader: createOpencodeReader,
  start: ({ prompt, conversation, isYolo, model }) => ({
    argv: [
      ...["opencode", "run", "--format", "json", "--title", "limaform"],
      ...(isYolo ? ["--auto"] : []),
      ...(model === null ? [] : ["-m", model]),
      ...(conversation === null ? [] : ["--session", conversation]),
      ...["--", prompt],
    ],
    env: isYolo ? {} : { OPENCODE_PERMISSION: '{"bash":"deny"}' },
  }),
};
