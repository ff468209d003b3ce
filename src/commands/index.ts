import type { CommandMap } from "./base.js";

/** All commands by name. Explicit, so that nothing is searched for; each loads only what it needs. */
export const COMMANDS: CommandMap = {
  init: () => import("./init.js"),
  validate: () => import("./validate.js"),
  config: () => import("./config.js"),
  plan: () => import("./plan.js"),
  show: () => import("./show.js"),
  apply: () => import("./apply.js"),
  destroy: () => import("./destroy.js"),
  drift: () => import("./drift.js"),
  status: () => import("./status.js"),
  list: () => import("./list.js"),
  shell: () => import("./shell.js"),
  "ssh-config": () => import("./ssh-config.js"),
  spawn: () => import("./spawn.js"),
  stop: () => import("./stop.js"),
  start: () => import("./start.js"),
  teardown: () => import("./teardown.js"),
  run: () => import("./run.js"),
  "results list": () => import("./results/list.js"),
  "results show": () => import("./results/show.js"),
  "results accept": () => import("./results/accept.js"),
  "results discard": () => import("./results/discard.js"),
  completion: () => import("./completion.js"),
  version: () => import("./version.js"),
  help: () => import("./help.js"),
};
