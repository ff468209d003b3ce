import type { Backend } from "./backend.js";
import { claude } from "./claude.js";
import { codex } from "./codex.js";
import { gemini } from "./gemini.js";
import { opencode } from "./opencode.js";

/** All agents that limaform knows by name, in the order in which they are offered. */
export const BACKENDS: readonly Backend[] = [claude, codex, gemini, opencode];

export const backendOf = (name: string): Backend | null => BACKENDS.find((backend) => backend.name === name) ?? null;
