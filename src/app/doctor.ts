import { cpus, homedir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { readLeftovers } from "../adapters/doctor/leftovers.js";
import { readHome, realAsFarAsKnown } from "../adapters/doctor/lima-home.js";
import { readProgram } from "../adapters/doctor/programs.js";
import { readSystem, type SystemFacts } from "../adapters/doctor/system.js";
import { codeOf } from "../adapters/host/files.js";
import { findKvmOnce } from "../adapters/lima/host.js";
import { probeKvm } from "../adapters/lima/kvm-probe.js";
import { maxNameLength } from "../adapters/lima/names.js";
import { thisHost } from "../adapters/lock/host.js";
import { parseSize } from "../util/bytes.js";
import { checkBaseImage } from "./doctor-base-image.js";
import { readDefaults } from "./doctor-defaults.js";
import type { DoctorDocument } from "./doctor-document.js";
import { checkHost } from "./doctor-host.js";
import { checkLima } from "./doctor-lima.js";
import { installLine, MANAGERS, packageManagerOf } from "./doctor-packages.js";
import { checkPrograms, type FoundPrograms, PROGRAMS, programName } from "./doctor-programs.js";
import { checkProject } from "./doctor-project.js";
import { readBaseImage } from "./doctor-read-base-image.js";
import { readProject } from "./doctor-read-project.js";
import type { LoadedSpec } from "./load-spec.js";
import type { AppSession } from "./session.js";

/**
 * Looks at this machine and at the project here, if there is one. Reads only, but for the cached finding about KVM; it
 * never stops at the first thing that is missing.
 */
export async function readDoctor(session: AppSession): Promise<DoctorDocument> {
  const { env } = session.options;
  const system = await readSystem(env, MANAGERS);
  const home = await realAsFarAsKnown(resolve(env.LIMA_HOME || join(env.HOME || homedir(), ".lima")));
  const [programs, { project, loaded }] = await Promise.all([
    findPrograms(session, system),
    readProject(session, home),
  ]);
  const states = [join(home, "_limaform"), ...(project.state === null ? [] : [project.state.path])];
  const nowMs = Date.parse(session.clock.now());
  const [kvm, homeFacts, defaults, { stale, newestMs }, baseImage] = await Promise.all([
    findKvm(session, system, programs, home),
    readHome(home),
    readDefaults(session, home, programs.limactl !== null && system.uid !== 0),
    readLeftovers(states, nowMs, system.uid),
    readBaseImage(session, system, loaded, project.untrusted === null),
  ]);
  const checks = [
    ...checkPrograms(system, programs),
    ...checkHost({
      ...{ system, kvm, nowMs, newestMs, invocation: session.invocation },
      ...{ hasQemu: hasQemu(programs), cpus: cpus().length, memoryBytes: totalmem(), wanted: wantedOf(loaded) },
    }),
    ...checkLima({
      ...{ system, home: homeFacts, ...defaults },
      maxNameLength: maxNameLength(system.os === "darwin" ? "darwin" : "linux", home),
      project: loaded === null ? null : String(loaded.spec.values.project),
    }),
    ...(baseImage === null ? [] : [checkBaseImage(baseImage)]),
    ...checkProject({ ...project, leftovers: stale }),
  ];
  const { os, name, arch, user, uid } = system;
  return {
    ...{ format: "limaform.doctor", version: 1 },
    ready: checks.every(({ status }) => status !== "missing"),
    system: { os, name, arch, packages: packageManagerOf(system), user, root: uid === 0 },
    install: installLine(system, lacking(system, programs)),
    checks,
  };
}

async function findPrograms({ options, interrupt }: AppSession, system: SystemFacts): Promise<FoundPrograms> {
  const asking = { env: options.env, signal: interrupt.first };
  const [limactl, ...others] = await Promise.all([
    readProgram("limactl", system.uid === 0 ? null : ["--version"], asking),
    ...PROGRAMS.map((rule) => readProgram(programName(rule, system), rule.versionArguments, asking)),
  ]);
  return { limactl, others: Object.fromEntries(PROGRAMS.map(({ name }, index) => [name, others[index] ?? null])) };
}

/** Names of the programs that are not here and should be, but for limactl, which no Linux packages. */
function lacking(system: SystemFacts, { others }: FoundPrograms): readonly string[] {
  const rules = PROGRAMS.filter(({ on }) => on === "everywhere" || on === system.os);
  return rules.filter(({ name }) => others[name] === null).map((rule) => programName(rule, system));
}

const hasQemu = ({ others }: FoundPrograms): boolean => others["qemu-system-ARCH"] !== null;

async function findKvm({ options, interrupt }: AppSession, system: SystemFacts, programs: FoundPrograms, home: string) {
  const isKnown = system.os === "linux" && (system.arch === "x64" || system.arch === "arm64");
  if (!isKnown || !hasQemu(programs)) return null;
  const bootId = async () => (await thisHost().identify()).bootId;
  try {
    return await findKvmOnce({ home, env: options.env, bootId }, interrupt.first);
  } catch (error) {
    // A LIMA_HOME that cannot be read has a check of its own; then there is no cache.
    if (codeOf(error) === null) throw error;
    return probeKvm(system.arch === "x64" ? "x86_64" : "aarch64", options.env, interrupt.first);
  }
}

function wantedOf(loaded: LoadedSpec | null) {
  if (loaded === null) return null;
  const { workers, "vm.cpus": vmCpus, "vm.memory": memory } = loaded.spec.values;
  return { workers: Number(workers), cpus: Number(vmCpus), memoryBytes: parseSize(String(memory)) };
}
