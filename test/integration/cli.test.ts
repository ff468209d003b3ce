import { execFileSync, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/commands/index.js";
import { NOT_YET_COMMANDS } from "../../src/commands/not-yet.js";
import { checkOutput } from "../support/documents.js";

/* The built program, in a folder of its own: no packages beside it, no repository around it. */

let root = "";
let dist = "";
let empty = "";

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "limaform-cli-"));
  dist = join(root, "dist");
  empty = join(root, "empty");
  mkdirSync(empty);
  const build = new URL("../../scripts/build.mjs", import.meta.url).href;
  const { bundle } = (await import(build)) as { bundle(outdir: string): Promise<void> };
  await bundle(dist);
}, 60_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function limaform(argv: readonly string[], cwd = empty, env: Record<string, string> = {}): Outcome {
  const { PATH = "" } = process.env;
  const result = spawnSync(process.execPath, [join(dist, "cli.js"), ...argv], {
    cwd,
    env: { PATH, HOME: root, LIMA_HOME: join(root, "lima"), ...env },
    encoding: "utf8",
    timeout: 30_000,
  });
  checkOutput(argv, result.stdout);
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

function folderWith(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

describe("the fast answers", () => {
  it("give the version in one line", () => {
    expect(limaform(["--version"]).stdout).toMatch(/^limaform \d+\.\d+\.\d+ \(\S+-\S+, node v\d+\.\d+\.\d+\)\n$/);
    expect(limaform(["version"])).toEqual(limaform(["--version"]));
  });

  it("give the help that was made at build, which is what help prints", () => {
    const help = limaform(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("limaform init");
    for (const argv of [[], ["help"], ["-h"], ["help", "--no-color"]]) expect(limaform(argv)).toEqual(help);
  });
});

describe("the parts of the program", () => {
  const withoutFiles = (name: string, isLeftOut: (file: string) => boolean) => {
    const other = join(root, name);
    cpSync(dist, other, { recursive: true, filter: (file) => !isLeftOut(file) });
    return (line: string, cwd = empty) =>
      spawnSync(process.execPath, [join(other, "cli.js"), ...line.split(" ")], { cwd, encoding: "utf8" });
  };

  it("have compiled code for this V8 beside them, where most starts need them", () => {
    const compiled = readdirSync(dist).filter((name) => name.endsWith(".bin"));
    const end = `-${process.versions.v8}-${process.arch}.bin`;
    expect(compiled.filter((name) => !name.endsWith(end))).toEqual([]);
    expect(compiled).toEqual(expect.arrayContaining([`start${end}`, `fleet${end}`]));
  });

  it("do without compiled code", () => {
    const run = withoutFiles("other-node", (file) => file.endsWith(".bin"));
    expect(run("plan --unknown").stderr).toBe(limaform(["plan", "--unknown"]).stderr);
    expect(run("plan --unknown").status).toBe(64);
    expect(run("help plan").stdout).toBe(limaform(["help", "plan"]).stdout);
  });

  it("are not read before they are needed", () => {
    const folder = folderWith("few-parts", { "limaform.toml": 'project = "shop"\n' });
    const run = withoutFiles("few", (file) => /\/(package-(?!execa)|fleet|chunk-)[^/]*$/.test(file));
    expect(run("validate", folder)).toMatchObject({ status: 0, stderr: "" });
    const list = run("list", folder);
    expect(list.status).toBe(70);
    expect(list.stderr).toContain("Cannot find module");
  });
});

describe("help", () => {
  it("is there for every command, in two spellings", () => {
    for (const name of Object.keys(COMMANDS)) {
      const [asFlag, asCommand] = [limaform([...name.split(" "), "--help"]), limaform(["help", ...name.split(" ")])];
      expect([name, asFlag.code, asFlag.stdout]).toEqual([name, 0, asCommand.stdout]);
      expect(asFlag.stdout).toContain(`\n  limaform ${name}`);
    }
  });

  it("does not take what follows -- for itself", () => {
    expect(limaform(["shell", "--json", "--", "ls", "--help"]).code).toBe(64);
  });
});

describe("usage errors", () => {
  const cases: readonly (readonly string[])[] = [
    ["pla"],
    ["plan", "--jsn"],
    ["plan", "--out"],
    ["show"],
    ["plan", "surplus"],
    ["completion", "csh"],
    ["plan", "--quiet", "--verbose"],
    ["spawn", "many"],
    ["run"],
    ["shell", "--json"],
    ["results", "take"],
    ...Object.keys(NOT_YET_COMMANDS).map((name) => [name]),
  ];

  it("exit with 64 and one line that names the way out, and one JSON document with --json", () => {
    for (const argv of cases) {
      const text = limaform(argv);
      if (!argv.includes("--json")) {
        expect([argv, text.code, text.stdout]).toEqual([argv, 64, ""]);
        expect(text.stderr).toMatch(/^Error: .* \[USAGE_[A-Z_]+\]\n/);
      }
      const json = limaform([...argv, "--json"]);
      expect([argv, json.code, json.stderr]).toEqual([argv, 64, ""]);
      expect(JSON.parse(json.stdout)).toMatchObject({
        format: "limaform.error",
        version: 1,
        code: expect.stringMatching(/^USAGE_/),
      });
    }
  });

  it("give the nearest flag", () => {
    expect(limaform(["plan", "--detailed-exit"]).stderr).toContain("did you mean --detailed-exitcode?");
  });
});

describe("--json", () => {
  it("prints exactly one document for every command, also where nothing is there to work on", () => {
    const needs: Readonly<Record<string, readonly string[]>> = {
      show: ["x"],
      spawn: ["1"],
      completion: ["bash"],
      "results show": ["r/1"],
      "results accept": ["r/1"],
      "results discard": ["r/1"],
    };
    for (const name of Object.keys(COMMANDS)) {
      const folder = mkdtempSync(join(root, "json-"));
      const rest = name === "run" ? ["--json", "--", "true"] : ["--json"];
      const result = limaform([...name.split(" "), ...(needs[name] ?? []), ...rest], folder);
      expect([name, result.stdout.startsWith("{")]).toEqual([name, true]);
      const document = JSON.parse(result.stdout) as { format: string; code?: string };
      expect([name, document.code]).not.toEqual([name, "BUG_INTERNAL"]);
      // What is missing on this machine is the answer of `doctor`, not its failure.
      const isAnswer = result.code === 0 || name === "doctor";
      expect([name, document.format === "limaform.error"]).toEqual([name, !isAnswer]);
    }
  });
});

describe("a spec", () => {
  it("is written by init, valid, and resolved with origins", () => {
    const folder = folderWith("app", { "package.json": "{}" });
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    expect(limaform(["init"], folder)).toMatchObject({ code: 0 });
    expect(limaform(["validate"], folder)).toMatchObject({ code: 0 });
    expect(limaform(["config", "--origins"], folder).stdout).toMatch(/project = "app" +# .*limaform\.toml:\d+:\d+/);
    expect(limaform(["init"], folder).code).not.toBe(0);
  });

  it("is refused with place, source line and caret, all problems at once", () => {
    const folder = folderWith("bad", { "limaform.toml": 'project = "bad"\nworker = 3\n[vm]\ncpus = "four"\n' });
    const text = limaform(["validate"], folder);
    expect(text.code).toBe(1);
    expect(text.stderr).toMatch(/^limaform\.toml:2:1: .*\n {4}2 \| worker = 3\n {6}\| \^\n/);
    expect(text.stderr).toContain("2 problems.");
    const json = JSON.parse(limaform(["validate", "--json"], folder).stdout) as { details: { diagnostics: unknown[] } };
    expect(json.details.diagnostics).toHaveLength(2);
  });

  it("that is missing is an error that names init", () => {
    const result = limaform(["validate"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("limaform init");
  });
});

describe("streams", () => {
  it.each([["--help"], ["help plan"], ["plan --jsn --json"]])("%s ends quietly when nobody reads on", async (line) => {
    const child = spawn(process.execPath, [join(dist, "cli.js"), ...line.split(" ")], { cwd: empty });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect([code, stderr]).toEqual([line.includes("--jsn") ? 64 : 0, ""]);
  });

  it("have colour only when asked for: --no-color, NO_COLOR, FORCE_COLOR", () => {
    const colour = (argv: readonly string[], env: Record<string, string>) =>
      limaform(["help", "plan", ...argv], empty, env).stdout.includes("\u001b[");
    expect(colour([], {})).toBe(false);
    expect(colour([], { FORCE_COLOR: "1" })).toBe(true);
    expect(colour([], { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
    expect(colour(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
  });

  it("of events go to the file, each line an event, first and last as promised", () => {
    const folder = folderWith("events", { "limaform.toml": 'project = "events"\n' });
    expect(limaform(["validate", "--events", "stream.ndjson"], folder).code).toBe(0);
    const lines = readFileSync(join(folder, "stream.ndjson"), "utf8").trim().split("\n");
    const types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
    expect([types[0], types.at(-1)]).toEqual(["run.started", "run.completed"]);
    const nowhere = limaform(["validate", "--events", "missing/stream.ndjson"], folder);
    expect([nowhere.code, nowhere.stderr.includes("STORE_EVENTS_FILE")]).toEqual([1, true]);
  });
});

describe("completion", () => {
  it("offers commands, their words and their flags in bash", () => {
    const script = join(root, "completion.bash");
    writeFileSync(script, limaform(["completion", "bash"]).stdout);
    const complete = (...words: string[]) => {
      const typed = words.map((word) => JSON.stringify(word)).join(" ");
      const program = `source ${script}; COMP_WORDS=(limaform ${typed}); COMP_CWORD=${words.length}; _limaform; echo "\${COMPREPLY[@]}"`;
      return execFileSync("bash", ["-c", program], { encoding: "utf8", cwd: empty }).trim().split(" ");
    };
    expect(complete("dri")).toEqual(["drift"]);
    expect(complete("results", "")).toContain("accept");
    expect(complete("results", "accept", "--keep")).toEqual(["--keep-commits"]);
    expect(complete("-c", "plan", "spaw")).toEqual(["spawn"]);
    expect(complete("completion", "")).toEqual(expect.arrayContaining(["bash", "fish", "zsh"]));
  });

  it.each(["zsh", "fish"])("is a script that %s can read", (shell) => {
    const { stdout } = limaform(["completion", shell]);
    expect(stdout).toContain("detailed-exitcode");
    if (!existsSync(`/usr/bin/${shell}`)) return;
    const file = join(root, `completion.${shell}`);
    writeFileSync(file, stdout);
    expect(spawnSync(shell, ["-n", file]).status).toBe(0);
  });
});
