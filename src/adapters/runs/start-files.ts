import type { RunStartRequest } from "../../ports/runs.js";
import type { Secret } from "../../ports/secrets.js";
import { renderCommandFile } from "../../runs/command-file.js";
import { programText } from "../../util/program-text.js";
import { secretForms } from "../../util/secret-forms.js";
import { quoteGuestPath, quoteWord } from "../../util/shell-quote.js";

/**
 * What the start script reads: lines `NAME BASE64`, `end` as the last. It goes over standard input, so that neither a
 * prompt nor a secret is an argument of any process but the agent's own.
 *
 * Shape: `folder` is the run's folder in the guest, absolute.
 */
export function renderStartFiles(request: RunStartRequest, folder: string): string {
  const { argv, cwd, env, hooks, secrets, stateFolders } = request;
  const state = stateFolders.map((path) => quoteGuestPath(`~/${path}`)).join(" ");
  const hook = (name: string, script: string | null): readonly File[] =>
    script === null
      ? []
      : [
          [`${name}.hook`, programText(script)],
          [`${name}.sh`, renderCommandFile({ argv: [`${folder}/${name}.hook`], cwd, env })],
        ];
  const files: readonly File[] = [
    ["command.sh", renderCommandFile({ argv, cwd, env })],
    ["folder.sh", `folder=${quoteGuestPath(cwd)}\n`],
    ...hook("pre", hooks.before),
    ...hook("check", hooks.after),
    ...(secrets.length === 0 ? [] : [["state.sh", `set -- ${state}\n`] as const, ...secretFiles(secrets)]),
  ];
  const lines = files.map(([name, text]) => `${name} ${Buffer.from(text, "utf8").toString("base64")}\n`);
  return `${lines.join("")}end\n`;
}

type File = readonly [name: string, text: string];

function secretFiles(secrets: readonly Secret[]): readonly File[] {
  const env = secrets.map(({ name, value }) => `${name}=${quoteWord(value)}\n`).join("");
  const forms = secrets.flatMap(({ name, value }) => secretForms(value).map((form) => ({ name, form })));
  const longestFirst = [...forms].sort((left, right) => right.form.length - left.form.length);
  const patterns = longestFirst.map(({ name, form }) => `${Buffer.from(form, "utf8").toString("hex")} ${name}\n`);
  return [
    ["env", env],
    ["patterns", patterns.join("")],
  ];
}

/** Often enough to see a short limit in time, seldom enough to cost nothing. Units: s. */
export function watchSeconds(stuckAfterMs: number): number {
  return Math.min(15, Math.max(1, Math.floor(stuckAfterMs / 4000)));
}
