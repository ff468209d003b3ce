import type { HomeFacts } from "../adapters/doctor/lima-home.js";
import type { SystemFacts } from "../adapters/doctor/system.js";
import { showSize } from "../util/bytes.js";
import { quoteWord } from "../util/shell-quote.js";
import type { ConfigDeviation } from "../world/world.js";
import { fine, missing, skipped, warning } from "./doctor-check.js";
import type { DoctorCheck } from "./doctor-document.js";

/** Two images and some changed blocks of workers fit into this. */
const LOW_DISK_BYTES = 10 * 1024 ** 3;
/** The longest name of a project has 31 characters; its golden images add `-golden-<rev8>-b2`. */
const LONGEST_PROJECT = 31;
const IMAGE_SUFFIX = "-golden-00000000-b2".length;

export interface LimaState {
  readonly system: SystemFacts;
  readonly home: HomeFacts;
  /** Longest instance name that Lima takes under this LIMA_HOME. */
  readonly maxNameLength: number;
  readonly project: string | null;
  /** What `_config/*.yaml` would open; null where limactl cannot tell. */
  readonly openDefaults: readonly ConfigDeviation[] | null;
  /** Paths of such files that exist. */
  readonly defaultFiles: readonly string[];
}

export function checkLima(state: LimaState): readonly DoctorCheck[] {
  if (state.system.uid === 0) {
    const why = "Root's own would be looked at; what counts is the LIMA_HOME of the user who runs the machines.";
    return [skipped({ id: "lima-home", group: "lima", text: "LIMA_HOME was not looked at", why })];
  }
  return [checkHome(state), checkDisk(state), checkNames(state), ...checkDefaults(state)];
}

function checkHome({ home, system }: LimaState): DoctorCheck {
  const told = { id: "lima-home", group: "lima" } as const;
  const { path, nearest } = home;
  const why = "Machines, their disks and limaform's own notes live there.";
  const list = [`ls -ld ${quoteWord(nearest)}`, "or set LIMA_HOME to a folder of yours"];
  if (home.problem !== null) return missing({ ...told, text: `${path}: ${home.problem}`, why, next: list });
  if (!home.isFolder) return missing({ ...told, text: `${nearest} is no folder`, why, next: list });
  if (home.isThere && home.ownerUid !== system.uid) {
    return missing({ ...told, text: `${path} belongs to another user (id ${home.ownerUid})`, why, next: list });
  }
  if (!home.isWritable) return missing({ ...told, text: `${nearest} is not writable for you`, why, next: list });
  if (!home.isThere) return fine({ ...told, text: `${path} will be made` });
  if ((home.mode & 0o022) !== 0) {
    const open = "Others may change it; the key in it opens every machine.";
    const text = `${path} is writable for others (mode ${home.mode.toString(8)})`;
    return warning({ ...told, text, why: open, next: [`chmod go-w ${quoteWord(path)}`] });
  }
  return fine({ ...told, text: path });
}

function checkDisk({ home }: LimaState): DoctorCheck {
  const told = { id: "disk", group: "lima" } as const;
  if (home.freeBytes === null) {
    return skipped({
      ...told,
      text: "free space is not known",
      why: `The system does not tell it for ${home.nearest}.`,
    });
  }
  const text = `${showSize(home.freeBytes)} free where LIMA_HOME is`;
  if (home.freeBytes >= LOW_DISK_BYTES) return fine({ ...told, text });
  const why = "An image takes some GiB, and a full disk breaks the machines that run.";
  return warning({ ...told, text, why, next: [`df -h ${quoteWord(home.nearest)}`] });
}

function checkNames({ project, maxNameLength, home }: LimaState): DoctorCheck {
  const told = { id: "names", group: "lima" } as const;
  const needed = (project?.length ?? LONGEST_PROJECT) + IMAGE_SUFFIX;
  const whose = project === null ? "the longest project name" : `project ${project}`;
  const text = `${whose} needs names of ${needed} characters; ${maxNameLength} fit under ${home.path}`;
  if (needed <= maxNameLength) return fine({ ...told, text });
  const why = "The paths of sockets are limited, and Lima puts the machine's name into them.";
  const next = ["set LIMA_HOME to a shorter path", "or give the project a shorter name"];
  // Without a project nothing is certain to fail.
  return project === null ? warning({ ...told, text, why, next }) : missing({ ...told, text, why, next });
}

function checkDefaults({ openDefaults, defaultFiles }: LimaState): readonly DoctorCheck[] {
  const told = { id: "lima-config", group: "lima" } as const;
  if (defaultFiles.length === 0) return [fine({ ...told, text: "no Lima defaults of your own (_config/*.yaml)" })];
  const files = defaultFiles.join(", ");
  if (openDefaults === null) {
    const why = "Lima merges them into every machine; without limactl it is not known what comes of it.";
    return [skipped({ ...told, text: files, why })];
  }
  if (openDefaults.length === 0) return [fine({ ...told, text: `${files}: open nothing` })];
  const unread = openDefaults.find(({ key }) => key === "_config");
  if (unread !== undefined) {
    const text = `Lima cannot read ${unread.file ?? files}: ${unread.found}`;
    const why = "Lima merges it into every machine, so nothing is known of any.";
    return [missing({ ...told, text, why, next: [`mend or remove ${unread.file ?? files}`] })];
  }
  const why = "It would open a way between workers and this host, so limaform does not start them.";
  return openDefaults.map(({ key, found, expected, file }) =>
    missing({
      ...told,
      text: `${file ?? files} sets ${key} to ${found} (needed: ${expected})`,
      why,
      next: [`take ${key} out of ${file ?? files}`],
    }),
  );
}
