import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ImageDiffDocument, ImageDocument } from "../../../src/app/app.js";
import { TRIM } from "../../../src/resources/image/hygiene/reset.js";
import { type Fleet, worker } from "../../support/e2e.js";

const BALLAST_MIB = 128;

/** What must not leave with an image, and what each clone must make for itself. */
export function imageIdentity(fleet: () => Fleet): void {
  describe("what clones of one image share", () => {
    it("is neither host keys, nor the machine's id, nor the seed", async () => {
      const script =
        "cat /etc/machine-id; cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub; sudo sha256sum /var/lib/systemd/random-seed | cut -c1-64";
      const [first = [], second = []] = [
        (await fleet().inside(1, "sh", "-c", script)).split("\n"),
        (await fleet().inside(2, "sh", "-c", script)).split("\n"),
      ];
      for (const [place, what] of ["machine id", "host key", "seed"].entries()) {
        expect(first[place], what).toMatch(/\S{20,}/u);
        expect(second[place], what).toMatch(/\S{20,}/u);
        expect(second[place], what).not.toBe(first[place]);
      }
    });

    it("is recorded: versions, packages, steps, and who built it from what", async () => {
      const { record } = await fleet().json<ImageDocument>(0, "image", "show", "image.tools");
      expect(record?.resumed.map(({ step }) => step)).toContain("post_provision");
      expect(record?.packages.find(({ sort, name }) => sort === "deb" && name === "jq")?.version).toMatch(/^1\./u);
      expect(record?.steps.find(({ name }) => name === "python")?.version).toMatch(/^3\./u);
      expect(record?.builtBy).toMatchObject({ lima: expect.stringMatching(/^2\./u) });
      const diff = await fleet().json<ImageDiffDocument>(0, "image", "diff", "image.tools", "image.golden");
      // The golden image is a clone with code in it: no package differs.
      expect(diff.changes.filter(({ part }) => part === "package")).toEqual([]);
    });
  });

  describe("the last command before a seal", () => {
    it("gives the room of removed files back to the host", async () => {
      const { dir } = fleet()
        .list()
        .find(({ name }) => name === worker(1)) ?? { dir: "" };
      const allocatedMib = () => (statSync(join(dir, "disk")).blocks * 512) / 2 ** 20;
      const asRoot = (script: string) => fleet().inside(1, "sudo", "sh", "-c", script);
      await asRoot(TRIM);
      const before = allocatedMib();
      await asRoot(`head -c ${BALLAST_MIB}M /dev/urandom > /var/ballast; sync; rm /var/ballast; sync`);
      const removed = allocatedMib();
      await asRoot(TRIM);
      const trimmed = allocatedMib();
      process.stderr.write(`MiB on the host: ${[before, removed, trimmed].map(Math.round).join(", ")}\n`);
      expect(removed).toBeGreaterThan(before + BALLAST_MIB * 0.9);
      expect(trimmed).toBeLessThan(before + BALLAST_MIB * 0.1);
    });
  });
}
