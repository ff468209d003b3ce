import type { Task } from "./task-list.js";

/** What an agent is told: the words, then the paths that the task is about, one a line. */
export function promptWithFiles(prompt: string, files: Task["files"]): string {
  if (files.length === 0) return prompt;
  return `${prompt}\n\nFiles that this is about:\n${files.map((path) => `- ${path}`).join("\n")}`;
}
