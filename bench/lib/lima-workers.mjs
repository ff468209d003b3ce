/* Instances of the real limactl with our marks; nothing of them boots. */
import { execFileSync } from "node:child_process";
import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const MIB = 1024 ** 2;
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";

/** To be bundled for `makeWorkers`. */
export const WORKER_SOURCES = `
  export { encodeMarks } from "./src/record/marks-codec.ts";
  export { renderTemplate } from "./src/resources/image/template.ts";
`;

/** One by limactl itself, the others as copies of its folder under their own names and marks, as a clone would have them. */
export async function makeWorkers({ env, home }, { encodeMarks, renderTemplate }, { owner, count, hold }) {
  const params = (slot) =>
    encodeMarks({
      ...{ format: 1, project: "bench", owner, role: "worker", address: `worker.default[${slot}]`, slot },
      ...{ name: `bench-worker-${slot}`, revision: "ab".repeat(32), image: "bench-golden-abababab", sealed: "" },
      ...{ hold, applied: { cpus: 1, memoryBytes: 512 * MIB, diskBytes: 16 * MIB } },
    });
  const template = (slot) =>
    renderTemplate({
      params: params(slot),
      entry: { location: "/etc/profile", arch: ARCH, digest: null, kernel: null, initrd: null, cmdline: null },
      ...{ vmType: "qemu", cpus: 1, memoryBytes: 512 * MIB, diskBytes: 16 * MIB, user: "agent" },
    });
  const create = ["--tty=false", "create", "--name=bench-worker-1", "-"];
  execFileSync("limactl", create, { env, cwd: "/", input: template(1), stdio: ["pipe", "ignore", "pipe"] });
  const first = join(home, "bench-worker-1");
  const text = await readFile(join(first, "lima.yaml"), "utf8");
  for (let slot = 2; slot <= count; slot += 1) {
    const unfinished = join(home, `.bench-worker-${slot}`);
    await cp(first, unfinished, { recursive: true });
    const own = text
      .replaceAll("bench-worker-1", `bench-worker-${slot}`)
      .replaceAll("worker.default[1]", `worker.default[${slot}]`)
      .replace(/(limaform_slot: *["']?)1\b/, `$1${slot}`);
    await writeFile(join(unfinished, "lima.yaml"), own);
    await rename(unfinished, join(home, `bench-worker-${slot}`));
  }
}
