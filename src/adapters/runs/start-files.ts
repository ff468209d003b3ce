import type { RunStartRequest } from "../../ports/runs.js";
import type { Secret } from "../../ports/secrets.js";
import { refuseNul, renderCommandFile } from "../../runs/command-file.js";
import { programText } from "../../util/program-text.js";
import { secretForms } from "../../util/secret-forms.js";
import { quoteGuestPath, quoteWord } from "../../util/shell-quote.js";
import { CARRIERS } from "./scripts.js";

/**
 * What the start script reads: a line of shell for each file, then `# end`. It goes over standard input, so that neither a
 * prompt nor a secret is an argument of any process but the agent's own.
 *
 * Shape: `folder` is the run's folder in the guest, absolute. Errors: RUN_COMMAND_INVALID for a NUL.
 */
export function renderStartFiles(request: RunStartRequest, folder: string): string {
  const { argv, cwd, env, hooks, secrets, stateFolders } = request;
  const state = stateFolders.map((path) => quoteGuestPath(`~/${path}`)).join(" ");
  const hook = (name: string, script: string | null): readonly string[] =>
    script === null
      ? []
      : [
          line("hook", `${name}.hook`, programText(script)),
          line("put", `${name}.sh`, renderCommandFile({ argv: [`${folder}/${name}.hook`], cwd, env })),
        ];
  const lines = [
    ...Object.entries(CARRIERS).map(([name, text]) => line("put", name, `${text}\n`)),
    line("put", "command.sh", renderCommandFile({ argv, cwd, env })),
    line("put", "folder.sh", `folder=${quoteGuestPath(cwd)}\n`),
    ...hook("pre", hooks.before),
    ...hook("check", hooks.after),
    ...(secrets.length === 0 ? [] : [line("put", "state.sh", `set -- ${state}\n`), ...secretLines(secrets)]),
  ];
  return `${lines.join("")}# end\n`;
}

function line(verb: "put" | "hook" | "secret", name: string, text: string): string {
  refuseNul(text);
  return `${verb} ${name} ${quoteWord(text)}\n`;
}

function secretLines(secrets: readonly Secret[]): readonly string[] {
  const env = secrets.map(({ name, value }) => `${name}=${quoteWord(value)}\n`).join("");
  const forms = secrets.flatMap(({ name, value }) => secretForms(value).map((form) => ({ name, form })));
  const longestFirst = [...forms].sort((left, right) => right.form.length - left.form.length);
  const patterns = longestFirst.map(({ name, form }) => `${Buffer.from(form, "utf8").toString("hex")} ${name}\n`);
  return [line("secret", "env", env), line("secret", "patterns", patterns.join(""))];
}

/** Often enough to see a short limit in time, seldom enough to cost nothing. Units: s. */
export function watchSeconds(stuckAfterMs: number): number {
  return Math.min(15, Math.max(1, Math.floor(stuckAfterMs / 4000)));
}
