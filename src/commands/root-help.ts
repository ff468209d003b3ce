import type { CommandInfo, RootHelp } from "../views/human/help.js";

const GROUPS = ["Spec", "Fleet", "Workers", "Work", "limaform"];

/** Exit codes of the contract, as help teaches them. */
export const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "done, or nothing to do"],
  ["1", "failed, refused or declined"],
  ["2", "plan --detailed-exitcode: there are changes"],
  ["3", "drift: something drifted"],
  ["64", "usage: flags, arguments, missing approval"],
  ["70", "a defect of limaform"],
  ["75", "another limaform holds the lock"],
  ["125", "shell: limaform failed before the command"],
  ["129, 130, 143", "ended by hang-up, interrupt, terminate"],
];

export function rootHelp(commands: readonly CommandInfo[]): RootHelp {
  return {
    intro: "limaform keeps a fleet of VMs for coding agents as a committed file says.",
    groups: GROUPS.map((title) => ({ title, commands: commands.filter((info) => info.group === title) })),
    globals: commands[0]?.flags.filter((flag) => flag.isGlobal) ?? [],
    exitCodes: EXIT_CODES,
    outro: [
      "Workers are named by slot (1, 1-3, 1,4, all) or by instance name.",
      "Begin with: limaform init, limaform plan, limaform apply",
      "More about a command: limaform help COMMAND",
    ],
  };
}
