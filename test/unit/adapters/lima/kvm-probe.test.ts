import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { tryGuest } from "../../../../src/adapters/lima/kvm-probe.js";

describe("the tiny guest of the KVM probe", () => {
  it("runs to its end under emulation, so that a failure under KVM is KVM's", async ({ skip }) => {
    skip(process.arch !== "x64" || spawnSync("qemu-system-x86_64", ["--version"]).error !== undefined, "no QEMU here");
    const finding = await tryGuest({ arch: "x86_64", accel: "tcg", path: process.env.PATH ?? "" });
    expect(finding).toEqual({ runs: true, text: "tcg runs guests", wasTried: true });
  });

  it("is not worth remembering where QEMU is missing", async () => {
    const finding = await tryGuest({ arch: "x86_64", accel: "kvm", path: "/nonexistent" });
    expect(finding).toMatchObject({ runs: false, wasTried: false });
  });
});
