import { UsageError } from "../errors/errors.js";
import type { RunDocument, RunRequest } from "./app.js";
import type { AppSession } from "./session.js";

export async function runCommand(_session: AppSession, _request: RunRequest): Promise<RunDocument> {
  throw new UsageError("USAGE_NOT_YET", "not wired");
}
