import type { CommandInfo, FlagInfo } from "./human/help.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** A completion script that is complete in itself: it never starts limaform. */
export function renderCompletion(shell: Shell, commands: readonly CommandInfo[]): string {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

/** Words that may follow the typed command words, by those words: `""`, `results`, `results accept`. */
function nextWords(commands: readonly CommandInfo[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, Set<string>>([["", new Set()]]);
  const at = (key: string): Set<string> => {
    const found = words.get(key) ?? new Set<string>();
    words.set(key, found);
    return found;
  };
  for (const command of commands) {
    const parts = command.id.split(" ");
    parts.forEach((part, index) => {
      at(parts.slice(0, index).join(" ")).add(part);
    });
    for (const option of command.args[0]?.options ?? []) at(command.id).add(option);
    for (const flag of command.flags) at(command.id).add(`--${flag.name}`);
  }
  return new Map([...words].map(([key, set]) => [key, [...set].sort()]));
}

const takesValue = (commands: readonly CommandInfo[]): readonly string[] => {
  const flags = commands.flatMap((command) => command.flags).filter((flag) => flag.value !== null);
  return [
    ...new Set(flags.flatMap((flag) => [`--${flag.name}`, ...(flag.char === null ? [] : [`-${flag.char}`])])),
  ].sort();
};

function bash(commands: readonly CommandInfo[]): string {
  const cases = [...nextWords(commands)].sort(([left], [right]) => (left < right ? -1 : 1));
  return `# bash completion for limaform. Load it with: source <(limaform completion bash)
_limaform() {
  local word key="" previous="\${COMP_WORDS[COMP_CWORD-1]}" current="\${COMP_WORDS[COMP_CWORD]}" skip=0 index
  COMPREPLY=()
  case "$previous" in
    ${takesValue(commands).join("|")}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if ((skip)); then skip=0; continue; fi
    case "$word" in
      --) COMPREPLY=($(compgen -f -- "$current")); return ;;
      ${takesValue(commands).join("|")}) skip=1 ;;
      -*) ;;
      *) case "\${key:+$key }$word" in
           ${cases
             .map(([key]) => key)
             .filter((key) => key !== "")
             .map((key) => `"${key}"`)
             .join("|")}) key="\${key:+$key }$word" ;;
         esac ;;
    esac
  done
  local words=""
  case "$key" in
${cases.map(([key, words]) => `    "${key}") words="${words.join(" ")}" ;;`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _limaform limaform
`;
}

/** For zsh and fish, where a single quote inside a text would end it. */
const quiet = (text: string): string =>
  text.replaceAll("'", "’").replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", " -");

function zsh(commands: readonly CommandInfo[]): string {
  const words = [...nextWords(commands)].sort(([left], [right]) => (left < right ? -1 : 1));
  const summaries = new Map(commands.map((command) => [command.id, command.summary]));
  const describe = (key: string, word: string): string => {
    const command = commands.find((info) => info.id === key);
    const flag = command?.flags.find((candidate) => `--${candidate.name}` === word);
    const text = flag?.summary ?? summaries.get(key === "" ? word : `${key} ${word}`) ?? "";
    return `'${word}${text === "" ? "" : `:${quiet(text)}`}'`;
  };
  return `#compdef limaform
# zsh completion for limaform. Load it with: source <(limaform completion zsh)
_limaform() {
  local key="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$word" == "--" ]] && { _normal; return; }
    case "\${key:+$key }$word" in
      ${words
        .map(([key]) => key)
        .filter((key) => key !== "")
        .map((key) => `"${key}"`)
        .join("|")}) key="\${key:+$key }$word" ;;
    esac
  done
  case "$key" in
${words.map(([key, list]) => `    "${key}") candidates=(${list.map((word) => describe(key, word)).join(" ")}) ;;`).join("\n")}
  esac
  _describe 'limaform' candidates || _files
}
compdef _limaform limaform
`;
}

function fish(commands: readonly CommandInfo[]): string {
  const tops = [...new Set(commands.map((command) => command.id.split(" ")[0] ?? ""))].sort();
  const lines = commands.flatMap((command) => {
    const [top = "", sub] = command.id.split(" ");
    const isAt =
      sub === undefined
        ? `__fish_seen_subcommand_from ${top}`
        : `__fish_seen_subcommand_from ${top}; and __fish_seen_subcommand_from ${sub}`;
    const own = sub === undefined ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${top}`;
    const name = `complete -c limaform -f -n '${own}' -a ${sub ?? top} -d '${quiet(command.summary)}'`;
    const options = command.args[0]?.options ?? [];
    const values = options.length === 0 ? [] : [`complete -c limaform -f -n '${isAt}' -a '${options.join(" ")}'`];
    return [name, ...values, ...command.flags.map((flag) => fishFlag(flag, isAt))];
  });
  return `# fish completion for limaform. Load it with: limaform completion fish | source
# commands: ${tops.join(" ")}
${lines.join("\n")}
`;
}

function fishFlag(flag: FlagInfo, condition: string): string {
  const char = flag.char === null ? "" : ` -s ${flag.char}`;
  const value = flag.value === null ? "" : " -r";
  const options = flag.options.length === 0 ? "" : ` -a '${flag.options.join(" ")}'`;
  return `complete -c limaform -n '${condition}' -l ${flag.name}${char}${value}${options} -d '${quiet(flag.summary)}'`;
}
