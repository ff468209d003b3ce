import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secondsOf } from "./figures.mjs";
import { LIMAFORM, ROOT, withScene } from "./scene.mjs";

const FAKE = join(ROOT, "test/fixtures/fake-lima/bin");

/** A fleet on the tests' stand-in for Lima, up, with `claude` as a program of its guests; removed afterwards. */
export function withFleet({ workers, claude }, use) {
  return withScene({ workers, limactl: null }, async (scene) => {
    const env = {
      ...scene.env,
      XDG_RUNTIME_DIR: "",
      // Nothing of it is a VM.
      LIMAFORM_LIMITS_MEMORY: "1024GiB",
      PATH: `${scene.bin}:${FAKE}:${scene.env.PATH}`,
    };
    await mkdir(join(scene.home, "_fake"));
    // The fake's guests end with the process that is named here.
    await writeFile(join(scene.home, "_fake", "config.json"), JSON.stringify({ ownerPid: process.pid }));
    await writeFile(join(scene.bin, "claude"), claude, { mode: 0o755 });
    const inRoot = { ...scene, env, options: { env, cwd: scene.root } };
    secondsOf([...LIMAFORM, "apply", "--yes"], inRoot.options);
    try {
      return await use(inRoot);
    } finally {
      secondsOf([...LIMAFORM, "destroy", "--yes"], inRoot.options);
    }
  });
}
