import { StalePlanError } from "../errors/errors.js";
import type { Plan } from "./document.js";
export function staleness(_a: Plan, _b: Plan): readonly string[] { return []; }
export function stalePlanError(moved: readonly string[]): StalePlanError { return new StalePlanError("STALE_MOVED", moved.join(", ")); }
