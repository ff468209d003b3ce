import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/commands/index.js";
import { FLEET_SITUATIONS } from "../support/messages/fleet-situations.js";
import { HOST_SITUATIONS } from "../support/messages/host-situations.js";
import { everythingIn, makeFleet, makeTemplate, type Place, runIn, type Template } from "../support/messages/place.js";
import { type Met, meet, type Situation, showMet } from "../support/messages/situation.js";
import { SPEC_SITUATIONS } from "../support/messages/spec-situations.js";
import { USAGE_SITUATIONS } from "../support/messages/usage-situations.js";
import { CLI } from "../support/program.js";

/*
 * What users are told when something is wrong: each situation is met by the built program, as text and with `--json`, and the
 * golden files show what stands on the terminal. To write them anew: npx vitest run --project integration messages -u
 */

const LIMIT_MS = 120_000;
let template: Template;
let fleet: Template;
beforeAll(async () => {
  [template, fleet] = await Promise.all([makeTemplate(), makeFleet()]);
}, LIMIT_MS);
afterAll(() => Promise.all([template?.close(), fleet?.close()]), LIMIT_MS);

const golden = (table: string) => `../golden/messages/${table}.txt`;

async function readsAsShown(table: string, situations: readonly Situation[], met: ReadonlyMap<Situation, Met>) {
  const shown = situations.flatMap((situation) => met.get(situation) ?? []).map(showMet);
  expect(shown).toHaveLength(situations.length);
  await expect(shown.join("\n")).toMatchFileSnapshot(golden(table));
}

const TABLES = { spec: SPEC_SITUATIONS, usage: USAGE_SITUATIONS, host: HOST_SITUATIONS };

describe.each(Object.entries(TABLES))("%s", (table, situations) => {
  const met = new Map<Situation, Met>();
  const cases = situations.map((situation) => [situation.name, situation] as const);

  it.concurrent.each(cases)(
    "%s",
    async (_, situation) => void met.set(situation, await meet(situation, template)),
    LIMIT_MS,
  );

  it("reads as the golden file shows", () => readsAsShown(table, situations, met));
});

describe("a fleet", () => {
  const met = new Map<Situation, Met>();

  it.each(FLEET_SITUATIONS.map((situation) => [situation.name, situation] as const))(
    "%s",
    async (_, situation) => void met.set(situation, await meet(situation, fleet)),
    LIMIT_MS,
  );

  it("reads as the golden file shows", () => readsAsShown("fleet", FLEET_SITUATIONS, met));
});

describe("a terminal", () => {
  /** Types into `limaform apply` once it asks; `script` is that of util-linux or of macOS. */
  function answer(place: Place, input: string): Promise<{ readonly code: number | null; readonly shown: string }> {
    const command = `'${process.execPath}' '${CLI}' apply`;
    const mac = ["-q", "/dev/null", "sh", "-c", command];
    const argv = process.platform === "darwin" ? mac : ["-qec", command, "/dev/null"];
    const child = spawn("script", argv, { cwd: place.root, env: place.env, stdio: ["pipe", "pipe", "ignore"] });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const hadAsked = shown.includes("taken for yes");
      shown += text;
      if (!hadAsked && shown.includes("taken for yes")) child.stdin.write(input);
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, shown }));
    });
  }

  it.each([
    ["no", "no\n", 1, "Declined. Nothing was done."],
    ["only return", "\n", 1, "Declined. Nothing was done."],
    ["the end of the input", "\u0004", 1, "Declined. Nothing was done."],
    ["Ctrl-C", "\u0003", 130, "Interrupted before anything was changed."],
  ])("that answers with %s leaves everything as it was", async (_, input, code, text) => {
    const place = template.copy();
    const before = everythingIn(place.user);
    expect(await answer(place, input)).toEqual({ code, shown: expect.stringContaining(text) });
    expect(everythingIn(place.user)).toEqual(before);
  });
});

/** Words that each command takes, so that it comes as far as it can. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  show: ["x.plan"],
  spawn: ["3"],
  completion: ["bash"],
  run: ["--", "true"],
  shell: ["1", "--", "true"],
  "results show": ["r/1"],
  "results accept": ["r/1"],
  "results discard": ["r/1"],
};

describe("every command", () => {
  const surroundings: readonly (readonly [string, (place: Place) => void, string])[] = [
    ["in a folder without a spec", () => {}, ".."],
    [
      "on a narrow, dumb terminal in another language, with colour forced",
      ({ env }) => Object.assign(env, { TERM: "dumb", COLUMNS: "20", LC_ALL: "C", FORCE_COLOR: "1" }),
      ".",
    ],
    [
      // Without it the account's own ~/.lima would be meant, wherever HOME leads.
      "without any environment but LIMA_HOME",
      ({ env, home }) => {
        for (const name of Object.keys(env)) Reflect.deleteProperty(env, name);
        env.LIMA_HOME = home;
      },
      ".",
    ],
  ];

  it.concurrent.each(surroundings)(
    "%s ends with a known code and without a trace of its inside",
    async (_, arrange, folder) => {
      const place = template.copy();
      arrange(place);
      for (const name of Object.keys(COMMANDS)) {
        const argv = [...name.split(" "), ...(WORDS[name] ?? [])];
        const { code, stdout, stderr } = await runIn(place, argv, `${place.root}/${folder}`);
        expect([0, 1, 64, 125], `${name}\n${stdout}${stderr}`).toContain(code);
        expect(stdout + stderr, name).not.toMatch(/BUG_INTERNAL|\n\s+at \S+ \(/);
      }
    },
    LIMIT_MS,
  );
});

describe("a folder that was removed while somebody was in it", () => {
  it.each(["plan", "apply --yes", "validate", "init", "status"])("is told by %s, as text and as a document", (line) => {
    const place = template.copy();
    const run = (flags: string) =>
      spawnSync(
        "sh",
        ["-c", `mkdir gone && cd gone && rmdir ../gone && exec '${process.execPath}' '${CLI}' ${line} ${flags}`],
        {
          ...{ cwd: place.root, env: place.env, encoding: "utf8", timeout: 60_000 },
        },
      );
    const { status, stdout, stderr } = run("");
    expect([status, stdout, stderr]).toEqual([
      1,
      "",
      expect.stringMatching(/^Error: the folder .* is gone.*\[STORE_NO_FOLDER\]\n {2}→ .*cd FOLDER\n$/),
    ]);
    const asked = run("--json");
    expect([asked.status, JSON.parse(asked.stdout)]).toMatchObject([
      1,
      { format: "limaform.error", code: "STORE_NO_FOLDER" },
    ]);
  });

  it("keeps nobody from the help", () => {
    const line = `mkdir gone && cd gone && rmdir ../gone && exec '${process.execPath}' '${CLI}' help plan`;
    const { root, env } = template.copy();
    expect(spawnSync("sh", ["-c", line], { cwd: root, env, encoding: "utf8" }).status).toBe(0);
  });
});

describe("streams", () => {
  const through = (place: Place, redirection: string, line: string) =>
    spawnSync("sh", ["-c", `exec '${process.execPath}' '${CLI}' ${line} ${redirection}`], {
      cwd: place.root,
      env: place.env,
      encoding: "utf8",
      timeout: 60_000,
    });

  it.skipIf(!existsSync("/dev/full")).each(["plan", "plan --json", "help plan", "--help", "--version", "validate"])(
    "that cannot be written are an error: %s on a full device",
    (line) => {
      const { status, stderr } = through(template.copy(), ">/dev/full", line);
      expect([status, stderr]).toEqual([1, expect.stringContaining("the output cannot be written")]);
      expect(stderr).not.toMatch(/\n\s+at /);
    },
  );

  it.each([
    ["<&-", "apply", 64],
    ["2>&-", "validate", 0],
    ["2>&-", "plan --jsn", 64],
    [">&-", "validate", 0],
    ["--events /dev/full", "plan", 0],
    ["| head -c 1", "plan", 0],
  ])("that are closed are no crash: %s with %s", (redirection, line, code) => {
    const { status, stdout, stderr } = through(template.copy(), redirection, line);
    expect([status, stdout + stderr]).toEqual([code, expect.not.stringMatching(/BUG_INTERNAL|\n\s+at /)]);
  });
});
