import { string } from "@oclif/core/args";

/** How images are named on the command line. */
const HOW = "instance name, image.golden, image.tools, or the first digits of a revision";

export const imageArgument = {
  image: string({ ignoreStdin: true, description: `Which image: ${HOW}. Default: the newest golden image.` }),
};

export const twoImages = {
  before: string({ required: true, ignoreStdin: true, description: `One image: ${HOW}.` }),
  after: string({ required: true, ignoreStdin: true, description: "The image that it is compared with." }),
};
