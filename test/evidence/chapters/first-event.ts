import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inTurn, median, ratio } from "../../../bench/lib/figures.mjs";
import { toFirstByteKept, toFirstByteSaid } from "../../../bench/lib/first-byte.mjs";
import { CA_VARIABLES } from "../../../src/app/run-plan.js";
import { claude } from "../../../src/backends/claude.js";
import { quoteWords } from "../../../src/util/shell-quote.js";
import { type Fleet, PROJECT, worker } from "../../support/e2e.js";
import { KEY, type Model } from "../../support/e2e-agent.js";
import { LIMAFORM } from "../../support/e2e-limaform.js";

/** The first of them does not count. */
const ROUNDS = 7;
const ALIAS = `lima-${worker(1)}`;

/**
 * A bare ssh of the agent up to its first byte here, and `limaform run` up to the first byte that it keeps, in turn, over
 * connections that are open, with the code current and the same environment. Told, not judged: it fails where a run fails.
 */
export function firstEvent(fleet: () => Fleet, model: Model): void {
  describe("its first event", () => {
    let sockets: string;
    let bare: readonly string[];
    const ssh = (...args: readonly string[]) => execFileSync("ssh", args, { stdio: "ignore", env: fleet().env });

    beforeAll(async () => {
      await model.mode("text");
      await fleet().repository.commit("Give the agent its key");
      await fleet().expect(0, "sync");
      // Short: the paths of sockets are limited.
      sockets = await mkdtemp("/tmp/lfs.");
      const config = join(sockets, "config");
      await writeFile(config, await fleet().expect(0, "ssh-config", "1"));
      const warm = ["-F", config, "-o", `ControlPath=${join(sockets, "s")}`];
      ssh(...warm, "-o", "ControlMaster=yes", "-o", "ControlPersist=yes", "-N", "-f", ALIAS);
      const { argv, env } = claude.start({ prompt: "x", conversation: null, isYolo: true, model: null });
      const given = { ...claude.env, ...env, ...CA_VARIABLES, ...secrets(model) };
      const words = ["env", ...Object.entries(given).map(([name, value]) => `${name}=${value}`), ...argv];
      bare = ["ssh", ...warm, "-T", ALIAS, `cd ${PROJECT} && ${quoteWords(words)} </dev/null`];
    });
    afterAll(async () => {
      if (bare !== undefined) ssh(...bare.slice(1, -3), "-O", "exit", ALIAS);
      if (sockets !== undefined) await rm(sockets, { recursive: true });
    });

    it("comes over a bare ssh, and in a run, again and again", async () => {
      const { home, repository, env, lima } = fleet();
      const options = { cwd: repository.root, env };
      const runs = join(home, "_limaform", PROJECT, "runs");
      const run = [LIMAFORM, "run", "x", "--agent", "claude", "--yolo", "--quiet"];
      await lima.forget();
      const seconds = await inTurn(
        { bare: () => toFirstByteSaid(bare, options), run: () => toFirstByteKept(run, options, runs) },
        ROUNDS,
      );
      const said = (one: readonly number[]) =>
        `${median(one).toFixed(2)} s (${Math.min(...one).toFixed(2)} … ${Math.max(...one).toFixed(2)})`;
      console.log(
        `first event, ${ROUNDS} rounds: bare ssh ${said(seconds.bare)}, run ${said(seconds.run)}, ` +
          `ratio ${ratio(seconds.run, seconds.bare).toFixed(2)}`,
      );
      // The short way: it is what the figure is of.
      expect(await lima.calls()).toEqual([]);
      expect(model.keys()).toEqual(new Set([KEY.join("")]));
    });
  });
}

const secrets = (model: Model) => ({ ANTHROPIC_BASE_URL: model.url("text"), ANTHROPIC_API_KEY: KEY.join("") });
