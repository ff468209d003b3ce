import type { Clock } from "../ports/host.js";
import { makeRunId } from "../runs/run-id.js";

export const newRunId = (clock: Clock): string => makeRunId(clock.now(), clock.randomHex(4));
