/*
 * What `limaform run` adds to the time up to an agent's first event: the real Claude Code against the tests' stand-in for its
 * model, in a worker that is a folder of this machine behind a real sshd; real limactl, ssh and git. Both sides begin with
 * the program or ssh that a person types, over a connection that is open already, with the code current, and end with the
 * first event here. The agent's key is a secret of the run.
 *
 * Stated beside it: what a program in Node takes that does nothing but the start in the worker.
 */
import { appendFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inTurn, median, ratio, row, secondsOf } from "./lib/figures.mjs";
import { toFirstByteKept, toFirstByteSaid } from "./lib/first-byte.mjs";
import { LIMAFORM } from "./lib/scene.mjs";
import { load, withBundle } from "./lib/sources.mjs";
import { withSshFleet } from "./lib/ssh-fleet.mjs";

const AT_MOST = 1.2;
const KEY = "a-key-of-the-bench";
const EVENT = "--output-format stream-json --verbose --dangerously-skip-permissions";
const SOURCES = `
  export { backendOf } from "./src/backends/registry.ts";
  export { renderStartFiles } from "./src/adapters/runs/start-files.ts";
  export { START_SCRIPT } from "./src/adapters/runs/scripts.ts";
  export { quoteWords } from "./src/util/shell-quote.ts";
  export { programOf } from "./test/support/host-agent.ts";
  export { startModelStub } from "./test/support/model-stub/server.ts";
`;

export const bench = {
  name: "run",
  title: "run to the agent's first event : a bare ssh of the agent",
  async run({ quick }) {
    const sources = await withBundle(SOURCES, load);
    const { backendOf, programOf, startModelStub } = sources;
    const claude = backendOf("claude");
    const [program] = await programOf(claude);
    const stub = await startModelStub();
    const prepare = async ({ env, cwd }) => {
      env.ANTHROPIC_API_KEY = KEY;
      const more = `[env]\nANTHROPIC_BASE_URL = "${stub.url("text")}"\n[secrets]\nANTHROPIC_API_KEY = { env = "ANTHROPIC_API_KEY" }\n`;
      await appendFile(join(cwd, "limaform.toml"), more);
      secondsOf(["git", "-c", "user.name=B", "-c", "user.email=b@example.org", "commit", "-qam", "agent"], {
        env,
        cwd,
      });
    };
    try {
      return await withSshFleet({ workers: 1, prepare }, async (scene) => {
        await symlink(program, join(scene.bins, "claude"));
        await settle(claude.files, scene.guests[1]);
        const least = await leastStart(scene, { ...sources, claude, url: stub.url("text") });
        return firstEvent(scene, { url: stub.url("text"), least }, quick ? 5 : 15);
      });
    } finally {
      await stub.close();
    }
  },
};

/** Up to the first event, on this side: of a run in the file that is kept of it. */
async function firstEvent({ home, options, ssh, guests }, { url, least }, rounds) {
  secondsOf([...LIMAFORM, "sync"], options);
  const variables = `ANTHROPIC_BASE_URL=${url} ANTHROPIC_API_KEY=${KEY}`;
  const bare = [...ssh(1), `cd bench && ${variables} claude -p ${EVENT} -- x`];
  const runs = join(home, "_limaform", "bench", "runs");
  const seconds = await inTurn(
    {
      bare: () => toFirstByteSaid(bare, options),
      least: () => toFirstByteSaid(least, options),
      run: () => toFirstByteKept([...LIMAFORM, "run", "x", "--agent", "claude", "--yolo", "--quiet"], options, runs),
    },
    rounds,
  );
  // What a conversation leaves makes the next start no slower.
  await rm(join(guests[1], ".claude/projects"), { recursive: true, force: true });
  const remark = `bare ${milliseconds(seconds.bare)}, run ${milliseconds(seconds.run)}`;
  return [
    row("run to the first event : bare ssh", ratio(seconds.run, seconds.bare), AT_MOST, remark),
    row(
      "the start alone, by a bare Node : bare ssh",
      ratio(seconds.least, seconds.bare),
      null,
      milliseconds(seconds.least),
    ),
  ];
}

const PLACEHOLDER = "RUN-ID";
const RUNS = "/var/lib/limaform/runs";

/** The start of a run as limaform gives it to the worker, by `lib/least-start.cjs`; in the same session it waits for the first byte. */
async function leastStart({ folder, ssh }, { claude, url, START_SCRIPT, renderStartFiles, quoteWords }) {
  const { argv, env } = claude.start({ prompt: "x", conversation: null, isYolo: true, model: null });
  const request = {
    ...{ argv, cwd: "~/bench", env: { ...claude.env, ...env, ANTHROPIC_BASE_URL: url } },
    ...{ stateFolders: claude.stateFolders },
    ...{ hooks: { before: null, after: null }, secrets: [{ name: "ANTHROPIC_API_KEY", value: KEY }] },
  };
  const first = `cd ${RUNS}/${PLACEHOLDER} && { timeout 60 tail -q -c +1 -F stdout.log 2>/dev/null & } | head -c 1`;
  // What is still at work would take from the next that is measured.
  const script = `( ${START_SCRIPT} ) >/dev/null && echo started && ${first}; while [ ! -e end ]; do sleep 0.05; done`;
  const words = ["sh", "-c", script, "limaform", RUNS, PLACEHOLDER, "/run/limaform", "", "15"];
  const file = join(folder, "least.json");
  const files = renderStartFiles(request, `${RUNS}/${PLACEHOLDER}`);
  await writeFile(file, JSON.stringify({ ssh: ssh(1), remote: quoteWords(words), files }));
  return [process.execPath, fileURLToPath(new URL("./lib/least-start.cjs", import.meta.url)), file];
}

/** The agent's settings as an image has them. */
async function settle(files, home) {
  for (const { path, text } of files) {
    const file = join(home, path.slice("~/".length));
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, text);
  }
}

const milliseconds = (seconds) => `${Math.round(median(seconds) * 1000)} ms`;
