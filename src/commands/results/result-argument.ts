import { string } from "@oclif/core/args";

export const resultArgument = {
  result: string({
    required: true,
    ignoreStdin: true,
    description: "Which result: RUN/SLOT or save/N, as results list shows it.",
  }),
};
