import { describe, expect, it } from "vitest";
import type { DoctorDocument } from "../../../src/app/app.js";
import { renderDoctor } from "../../../src/views/human/doctor.js";
import { paintFor } from "../../../src/views/paint.js";

const plain = paintFor({ hasColour: false });
const document: DoctorDocument = {
  ...{ format: "limaform.doctor", version: 1, ready: false, install: "sudo apt-get install --yes qemu-utils" },
  system: { os: "linux", name: "Debian GNU/Linux 13", arch: "x64", packages: "apt-get", user: "uma", root: false },
  checks: [
    { id: "node", group: "programs", status: "ok", text: "Node 24.1.0", why: "", next: [] },
    {
      ...{ id: "qemu-img", group: "programs", status: "missing", text: "qemu-img is not on PATH" },
      ...{ why: "It makes the disks of images and their clones.", next: ["sudo apt-get install --yes qemu-utils"] },
    },
    {
      ...{ id: "kvm", group: "host", status: "warning", text: "no KVM: there is no /dev/kvm" },
      why: "Machines are emulated in software: all works, but booting and building take many times as long.",
      next: ["sudo modprobe kvm"],
    },
    { id: "spec", group: "project", status: "ok", text: "limaform.toml is valid", why: "", next: [] },
  ],
};

describe("renderDoctor", () => {
  it("shows each check with its word, why it matters, and the next command", async () => {
    await expect(renderDoctor(document, plain)).toMatchFileSnapshot("../../golden/views/doctor.txt");
  });

  it("ends with the next command where all is there", () => {
    const ready = {
      ...document,
      ready: true,
      install: null,
      checks: document.checks.filter(({ id }) => id !== "qemu-img"),
    };
    expect(renderDoctor(ready, plain)).toMatch(/\nReady, 1 warning\. Next: limaform plan\n$/);
    const bare = { ...ready, checks: ready.checks.filter(({ id }) => id !== "spec") };
    expect(renderDoctor(bare, plain)).toMatch(/Next: limaform init\n$/);
  });

  it("keeps what comes from outside harmless", () => {
    const [check] = document.checks;
    if (check === undefined) throw new Error("no check");
    const text = renderDoctor(
      { ...document, checks: [{ ...check, text: "a\u001b[31mb", next: ["c\u001b[2Jd"] }] },
      plain,
    );
    expect(text).not.toContain("\u001b");
  });
});
