import type { Backend } from "./backend.js";
import { createClaudeReader } from "./claude-stream.js";

/** No updates, no side traffic. */
const QUIET = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1" };

/** Claude Code. Without `--yolo` it edits files and may run nothing that its own rules would ask for. */
export const claude: Backend = {
  name: "claude",
  title: "Claude Code",
  install: {
    package: "@anthropic-ai/claude-code",
    recipe: 1,
    program: null,
    platform: {
      x86_64: { package: "@anthropic-ai/claude-code-linux-x64", versionSuffix: "", program: "claude" },
      aarch64: { package: "@anthropic-ai/claude-code-linux-arm64", versionSuffix: "", program: "claude" },
    },
    needsNode: null,
  },
  check: { argv: ["claude", "--version"], pattern: /^(\S+) \(Claude Code\)/u },
  // Without the first a terminal begins with a greeting that needs the network; the second is asked before `--yolo` there.
  files: [
    { path: "~/.claude.json", text: `${JSON.stringify({ hasCompletedOnboarding: true })}\n` },
    {
      path: "~/.claude/settings.json",
      text: `${JSON.stringify({ skipDangerousModePermissionPrompt: true, env: QUIET }, null, 2)}\n`,
    },
  ],
  env: QUIET,
  secretEnv: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
  credentialFiles: [".claude/.credentials.json"],
  stateFolders: [".claude", ".claude.json"],
  baseUrlEnv: "ANTHROPIC_BASE_URL",
  hosts: ["api.anthropic.com"],
  tellsCost: true,
  safeMode:
    "it edits files of the repository and runs only commands that it knows to change nothing; the rest is denied",
  createReader: createClaudeReader,
  start: ({ prompt, conversation, isYolo, model }) => ({
    argv: [
      ...["claude", "-p", "--output-format", "stream-json", "--verbose"],
      ...(isYolo ? ["--dangerously-skip-permissions"] : ["--permission-mode", "acceptEdits"]),
      ...(model === null ? [] : ["--model", model]),
      ...(conversation === null ? [] : ["--resume", conversation]),
      // A prompt that begins with a hyphen is no option.
      ...["--", prompt],
    ],
    env: {},
  }),
};
