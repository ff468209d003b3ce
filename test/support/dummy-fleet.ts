import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join, relative } from "node:path";
import { encodeMarks } from "../../src/record/marks-codec.js";
import { renderTemplate } from "../../src/resources/image/template.js";
import type { Marks } from "../../src/world/marks.js";
import { makeProgramWorld, type ProgramWorld } from "./program.js";

const MIB = 1024 ** 2;

/** A fleet as an apply leaves it, of instances that cannot boot: sealed images, workers that `stop` holds. */
export interface DummyFleet extends ProgramWorld {
  readonly tools: string;
  readonly golden: string;
  /** Makes an instance with these marks, or with none, past limaform. */
  make(name: string, marks: Marks | null): void;
  /** Puts the disk of an instance on a base in the state folder, as sealing does. Returns the base's path. */
  seal(name: string): string;
}

/**
 * The fleet's marks are those that the program itself plans, so nothing here knows how a revision is made.
 *
 * Shape: `plan` is empty afterwards.
 */
export async function makeDummyFleet(lima: "fake" | "real", workers = 2): Promise<DummyFleet> {
  const world = makeProgramWorld(`workers = ${workers}\n`, "", lima);
  const marksOf = new Map<string, Marks>();
  for (const { verb, inputs } of (await world.plan()).steps) {
    if (verb !== "create") continue;
    const marks = inputs.marks as unknown as Marks;
    marksOf.set(marks.name, marks);
  }
  const make = (name: string, marks: Marks | null): void => {
    const { status, stderr } = spawnSync("limactl", ["--tty=false", "create", "--name", name, "-"], {
      input: template(world, marks),
      env: world.env,
      encoding: "utf8",
      cwd: world.scratch(""),
    });
    if (status !== 0) throw new Error(`limactl create ${name}: ${stderr}`);
  };
  for (const marks of marksOf.values()) {
    make(marks.name, { ...marks, ...(marks.role === "image" ? { sealed: AT } : { hold: AT }) });
    if (marks.role === "image") world.limactl("protect", marks.name);
  }
  const image = (address: string): string =>
    [...marksOf.values()].find((marks) => marks.address === address)?.name ?? "";
  return {
    ...world,
    make,
    tools: image("image.tools"),
    golden: image("image.golden"),
    seal: (name) => sealDisk(world, name),
  };
}

const AT = "2026-10-01T00:00:00.000Z";

function template(world: ProgramWorld, marks: Marks | null): string {
  return renderTemplate({
    params: marks === null ? { other: "-" } : encodeMarks(marks),
    entry: {
      location: join(world.root, "base.img"),
      arch: process.arch === "arm64" ? "aarch64" : "x86_64",
      digest: null,
      kernel: null,
      initrd: null,
      cmdline: null,
    },
    vmType: "qemu",
    cpus: 1,
    memoryBytes: 512 * MIB,
    diskBytes: 16 * MIB,
    user: "agent",
  });
}

function sealDisk(world: ProgramWorld, name: string): string {
  const bases = join(world.state, "bases");
  if (!existsSync(bases)) mkdirSync(bases, { recursive: true });
  const [disk, base] = [join(world.home, name, "disk"), join(bases, `${name}.raw`)];
  renameSync(disk, base);
  const from = relative(join(world.home, name), base);
  const { status, stderr } = spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", from, disk]);
  if (status !== 0) throw new Error(`qemu-img: ${stderr}`);
  return base;
}
