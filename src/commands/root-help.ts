import type { CommandInfo, RootHelp } from "../views/human/help.js";
import { EXIT_CODES } from "./exit-codes.js";

const GROUPS = ["Spec", "Fleet", "Images", "Workers", "Work", "limaform"];

export function rootHelp(commands: readonly CommandInfo[]): RootHelp {
  return {
    intro: "limaform keeps a fleet of VMs for coding agents as a committed file says.",
    groups: GROUPS.map((title) => ({ title, commands: commands.filter((info) => info.group === title) })),
    globals: commands[0]?.flags.filter((flag) => flag.isGlobal) ?? [],
    exitCodes: EXIT_CODES.map(({ codes, text }) => [codes.join(", "), text] as const),
    outro: [
      "Workers are named by slot (1, 1-3, 1,4, all) or by instance name.",
      "Begin with: limaform doctor, limaform init, limaform plan, limaform apply",
      "More about a command: limaform help COMMAND",
    ],
  };
}
