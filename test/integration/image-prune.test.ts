import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImagePruneDocument, StatusDocument } from "../../src/app/app.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { HOOK_LIMIT_MS, makeBuiltWorld, type ProgramWorld } from "../support/program.js";

/* `image prune` by the built program on the fake limactl. */

let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

const images = async () => (await world.json<StatusDocument>(0, "status", "--images")).images;
const prune = (...flags: readonly string[]) => world.json<ImagePruneDocument>(0, "image", "prune", ...flags);

describe("image prune", () => {
  it(
    "removes what image.keep kept and nothing needs, with its disk and old downloads, and then nothing",
    async () => {
      const [first] = (await images()).filter(({ address }) => address === "image.golden");
      world.write("limaform.toml", `${world.spec()}\n[hooks]\npost_sync = "true"\n`);
      await world.json<ApplyDocument>(0, "apply", "--yes");
      const cache = join(
        String(world.env.XDG_CACHE_HOME ?? join(String(world.env.HOME), ".cache")),
        "limaform/downloads/files",
      );
      mkdirSync(cache, { recursive: true });
      for (const [name, day] of [
        ["old", 40],
        ["new", 1],
      ] as const) {
        writeFileSync(join(cache, name), "x".repeat(100));
        const then = new Date(Date.now() - day * 86_400_000);
        utimesSync(join(cache, name), then, then);
      }
      const before = await images();

      const shown = await prune("--dry-run");
      expect(shown).toMatchObject({ removed: false, apply: null, downloads: { files: 1, bytes: 100 } });
      expect(shown.images.map(({ instance }) => instance)).toEqual([first?.instance]);
      expect(shown.bytes).toBeGreaterThan(100);
      expect((await images()).length).toBe(before.length);
      expect((await prune("--dry-run", "--keep", "1")).images).toEqual([]);
      expect(await world.json(64, "image", "prune")).toMatchObject({ code: "USAGE_APPROVAL_NEEDED" });

      const done = await prune("--yes");
      expect(done).toMatchObject({ removed: true, images: shown.images, bases: shown.bases, downloads: { files: 1 } });
      expect((await images()).map(({ instance }) => instance)).toEqual(
        before.map(({ instance }) => instance).filter((instance) => instance !== first?.instance),
      );
      expect(readdirSync(cache)).toEqual(["new"]);
      expect(await prune("--yes")).toMatchObject({ removed: false, images: [], bases: [], bytes: 0 });
      expect((await prune("--yes", "--all")).downloads.files).toBe(1);
      expect(readdirSync(cache)).toEqual([]);
    },
    HOOK_LIMIT_MS,
  );
});
