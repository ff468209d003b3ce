import { string } from "@oclif/core/args";

export const runArgument = {
  run: string({
    required: true,
    ignoreStdin: true,
    description: "Which run, as runs list shows it; RUN/SLOT or RUN/TASK for one part of it.",
  }),
};
