import type { Backend } from "./backend.js";
import { createGeminiReader } from "./gemini-stream.js";

/** Gemini CLI. Only it needs Node at run time. */
export const gemini: Backend = {
  name: "gemini",
  title: "Gemini CLI",
  install: {
    package: "@google/gemini-cli",
    recipe: 1,
    program: "bundle/gemini.js",
    platform: null,
    needsNode: 20,
  },
  check: { argv: ["gemini", "--version"], pattern: /^(\d\S*)/u },
  // A key is asked for by its variable, whatever the address; folders are trusted; no updates, no statistics.
  files: [
    {
      path: "/etc/gemini-cli/settings.json",
      text: `${JSON.stringify(
        {
          security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
          general: { enableAutoUpdate: false },
          privacy: { usageStatisticsEnabled: false },
        },
        null,
        2,
      )}\n`,
    },
  ],
  // Without the first the program that is watched is only the parent of the real one.
  env: { GEMINI_CLI_NO_RELAUNCH: "true", GEMINI_CLI_TRUST_WORKSPACE: "true" },
  secretEnv: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  credentialFiles: [".gemini/oauth_creds.json"],
  stateFolders: [".gemini"],
  baseUrlEnv: "GOOGLE_GEMINI_BASE_URL",
  hosts: ["generativelanguage.googleapis.com"],
  tellsCost: false,
  safeMode: "it edits files; its shell is not offered to the model",
  createReader: createGeminiReader,
  start: ({ prompt, conversation, isYolo, model }) => ({
    argv: [
      ...["gemini", "-o", "stream-json", "--skip-trust", "--approval-mode", isYolo ? "yolo" : "auto_edit"],
      ...(model === null ? [] : ["-m", model]),
      ...(conversation === null ? [] : ["--resume", conversation]),
      `--prompt=${prompt}`,
    ],
    env: {},
  }),
};
