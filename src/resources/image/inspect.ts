import { GuestError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import type { ScanSummary } from "../../world/image-record.js";
import { type Inventory, readInventory } from "./hygiene/inventory.js";
import { inventoryScript } from "./hygiene/inventory-script.js";
import { resetScript } from "./hygiene/reset.js";
import { sweepScript } from "./hygiene/sweep.js";
import { readReport, type ScanFinding, type ScanReport, titleOf } from "./scan/report.js";
import { scanScript } from "./scan/script.js";
import { type SecretValue, tracesOf } from "./scan/values.js";

/** In memory in every distribution with systemd. */
const WORK_FOLDER = "/run";
/** A disk that takes longer is looked at by a scan that hangs. */
const SCAN_LIMIT_MS = 10 * 60_000;
const SHOWN = 10;
const KEPT = 200;

export interface Inspection {
  readonly secrets: readonly SecretValue[];
  /** Names of declared secrets whose value this host does not have. */
  readonly unknown: readonly string[];
  /** When the build began (ISO 8601). */
  readonly since: string;
  /** It was cloned from an image that was looked through before its own seal. */
  readonly isScannedBefore: boolean;
  readonly allowed: readonly string[];
  readonly repository: string | null;
}

/** Removes what nobody works with again. The instance goes on working. Errors: IMAGE_RESET_FAILED. */
export async function sweep(guest: Guest, instance: string, options: CallOptions): Promise<void> {
  await asRoot(guest, instance, { script: sweepScript(""), what: "be cleaned" }, options);
}

/** Removes what makes the machine this one. Every clone makes its own. Errors: IMAGE_RESET_FAILED. */
export async function resetIdentity(guest: Guest, instance: string, options: CallOptions): Promise<void> {
  await asRoot(guest, instance, { script: resetScript(""), what: "lose its identity" }, options);
}

/** What is installed. Errors: IMAGE_RESET_FAILED where the list did not come to its end. */
export async function takeInventory(guest: Guest, instance: string, options: CallOptions): Promise<Inventory> {
  const output = await asRoot(
    guest,
    instance,
    { script: inventoryScript(""), what: "list what is installed" },
    options,
  );
  const inventory = readInventory(output);
  if (inventory === null) throw incomplete(instance, "the list of what is installed was cut off");
  return inventory;
}

/**
 * The scan of the whole disk, as root in the guest, as the last look before the identity goes and the guest stops.
 *
 * Errors: IMAGE_SECRET_FOUND with each path and kind, never a value; IMAGE_SCAN_FAILED where not everything was read.
 */
export async function scanForSecrets(
  guest: Guest,
  instance: string,
  inspection: Inspection,
  options: CallOptions & { readonly nowMs: () => number },
): Promise<ScanSummary> {
  const startedMs = options.nowMs();
  const { traces, tooShort } = tracesOf(inspection.secrets);
  const { since, isScannedBefore, allowed, repository } = inspection;
  const script = scanScript({
    ...{ root: "", workFolder: WORK_FOLDER, since, isScannedBefore, traces, allowed, repository },
  });
  const result = await guest.exec(
    instance,
    { argv: ["sh", "-s"], stdin: script, asRoot: true },
    { signal: options.signal, timeoutMs: Math.min(options.timeoutMs, SCAN_LIMIT_MS), maxOutputBytes: 8 * 1024 ** 2 },
  );
  const report = result.exitCode === 0 && !result.isCut ? readReport(result.stdout) : null;
  if (report === null || report.unread.length > 0) {
    throw incomplete(instance, report?.unread[0] ?? `it ended with exit code ${result.exitCode}`);
  }
  if (report.found.length > 0) throw secretFound(instance, report.found);
  return {
    files: report.files,
    elapsedMs: Math.round(options.nowMs() - startedMs),
    passed: passedOf(report).slice(0, KEPT),
    passedCount: passedOf(report).length,
    notLookedFor: [...inspection.unknown, ...tooShort],
  };
}

/** Host keys are no news: they are in every system and go right after. */
const passedOf = ({ passed }: ScanReport) => passed.filter(({ why }) => why !== "identity");

async function asRoot(
  guest: Guest,
  instance: string,
  { script, what }: { readonly script: string; readonly what: string },
  { signal, timeoutMs }: CallOptions,
): Promise<string> {
  const result = await guest.exec(
    instance,
    { argv: ["sh", "-s"], stdin: script, asRoot: true },
    { signal, timeoutMs, maxOutputBytes: 8 * 1024 ** 2 },
  );
  if (result.exitCode === 0) return result.stdout;
  throw new GuestError("IMAGE_RESET_FAILED", `${instance} could not ${what} (exit ${result.exitCode})`, {
    hint: "look into it with: limaform apply --verbose",
    details: { stderr: result.stderr.slice(-2000) },
  });
}

function incomplete(instance: string, why: string): GuestError {
  return new GuestError("IMAGE_SCAN_FAILED", `the look through ${instance} before its seal is not complete: ${why}`, {
    hint: "the steps that are done are kept; to look again: limaform apply",
    details: { instance },
  });
}

function secretFound(instance: string, found: readonly ScanFinding[]): GuestError {
  const lines = found.slice(0, SHOWN).map(({ kind, path }) => `    ${path}: ${titleOf(kind)}`);
  const more = found.length > SHOWN ? [`    and ${found.length - SHOWN} more`] : [];
  const count =
    found.length === 1 ? "something that looks like a secret" : `${found.length} things that look like secrets`;
  return new GuestError(
    "IMAGE_SECRET_FOUND",
    `${instance} holds ${count}, and every worker would get a copy:\n${[...lines, ...more].join("\n")}`,
    {
      hint: "mend the hook or tool that leaves it there; or, if it is no secret, name its path in image.allow_secrets (the build then goes on at its seal); then: limaform apply",
      details: { instance, found: found.map(({ kind, path }) => ({ kind, path })) },
    },
  );
}
