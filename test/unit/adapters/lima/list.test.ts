import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Limactl } from "../../../../src/adapters/lima/limactl.js";
import { createLister } from "../../../../src/adapters/lima/list.js";
import { LimaError } from "../../../../src/errors/errors.js";
import { encodeMarks } from "../../../../src/record/marks-codec.js";
import { marks } from "../../../support/lima.js";

const NAME = "shop-worker-1";
const param = encodeMarks(marks(NAME));
const line = (name: string, values: object = param) =>
  `${JSON.stringify({ name, status: "Stopped", param: values, config: { plain: true, param: values } })}\t[]`;

let home: string;
let calls: (readonly string[])[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "lf-list-"));
  calls = [];
});
afterEach(() => rm(home, { recursive: true }));

const make = async (name: string, values: object = param) => {
  await mkdir(join(home, name), { recursive: true });
  await writeFile(join(home, name, "lima.yaml"), JSON.stringify({ param: values }));
};

/** Answers one after another; the last one stays. An answer may act on the folder before it is given. */
const answering = (...answers: readonly (() => string | Promise<string>)[]): Pick<Limactl, "call" | "version"> => ({
  version: async () => "2.2.0",
  async call({ args }) {
    calls.push(args);
    const answer = answers[Math.min(calls.length, answers.length) - 1];
    const stdout = (await answer?.()) ?? "";
    return { stdout } as Awaited<ReturnType<Limactl["call"]>>;
  },
});
const list = (limactl: Pick<Limactl, "call">) => createLister(home, limactl).list();

describe("a listing", () => {
  it("is read once where folder and limactl agree", async () => {
    await make(NAME);
    expect(await list(answering(() => line(NAME)))).toMatchObject({ instances: [{ name: NAME }], failures: [] });
    expect(calls).toHaveLength(1);
  });

  it("is read a second time when somebody made an instance meanwhile", async () => {
    await make(NAME);
    const limactl = answering(
      () => "",
      () => line(NAME),
    );
    expect(await list(limactl)).toMatchObject({ instances: [{ name: NAME, status: "stopped" }], failures: [] });
  });

  it("is read a second time when somebody edited marks between limactl's look and ours", async () => {
    await make(NAME);
    const held = encodeMarks(marks(NAME, { hold: "2026-01-01T00:00:00Z" }));
    const limactl = answering(
      async () => {
        await make(NAME, { ...held, limaform_image: "edited-meanwhile" });
        return line(NAME);
      },
      () => line(NAME, { ...held, limaform_image: "edited-meanwhile" }),
    );
    const { instances } = await list(limactl);
    expect(instances[0]?.marks).toMatchObject({ kind: "marks", marks: { hold: "2026-01-01T00:00:00Z" } });
  });

  it("names what limactl goes on not to list as unreadable, not as absent", async () => {
    await make(NAME);
    expect(await list(answering(() => ""))).toMatchObject({
      instances: [{ name: NAME, status: "unreadable" }],
      failures: [{ instance: NAME, text: "limactl did not list it" }],
    });
  });

  it("passes over an instance that went away while we looked", async () => {
    await make(NAME);
    const limactl = answering(async () => {
      await rm(join(home, NAME), { recursive: true, force: true });
      return "";
    });
    expect(await list(limactl)).toEqual({ instances: [], failures: [] });
  });

  it("throws for a line that is no instance", async () => {
    await expect(list(answering(() => "panic: runtime error"))).rejects.toMatchObject({
      code: "LIMA_LISTING_UNREADABLE",
    });
  });

  it("has nothing in a LIMA_HOME that is not there", async () => {
    await rm(home, { recursive: true });
    expect(await list(answering(() => ""))).toEqual({ instances: [], failures: [] });
    await mkdir(home);
  });
});

describe("a look at one instance", () => {
  it("asks limactl for that one only", async () => {
    await make(NAME);
    await make("other");
    expect(
      await createLister(
        home,
        answering(() => line(NAME)),
      ).inspect(NAME),
    ).toMatchObject({ name: NAME });
    expect(calls[0]?.at(-1)).toBe(NAME);
  });

  it("gives null when it was deleted between our look at the folder and limactl's", async () => {
    await make(NAME);
    const limactl = answering(async () => {
      await rm(join(home, NAME), { recursive: true, force: true });
      throw new LimaError("LIMA_NOT_FOUND_INSTANCE", "unmatched instances");
    });
    expect(await createLister(home, limactl).inspect(NAME)).toBeNull();
  });

  it("asks nobody about a name without a folder, and refuses what is no name", async () => {
    expect(
      await createLister(
        home,
        answering(() => ""),
      ).inspect(NAME),
    ).toBeNull();
    expect(calls).toEqual([]);
    await expect(
      createLister(
        home,
        answering(() => ""),
      ).inspect("../x"),
    ).rejects.toMatchObject({ code: "LIMA_NAME" });
  });
});
