import { join, resolve } from "node:path";
import { realOrSame } from "../adapters/host/files.js";
import { userHome } from "../adapters/host/user-home.js";
import type { AppSession } from "./session.js";

/** Real path of the user's LIMA_HOME. */
export const limaHomeOf = ({ env }: AppSession["options"]): Promise<string> =>
  realOrSame(resolve(env.LIMA_HOME || join(userHome(env), ".lima")));
