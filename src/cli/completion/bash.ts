/** Completion for bash: commands, their flags, and the values of flags with few values; otherwise files. */
import type { Command } from "../../command/command.ts";
import { offered, spellings, wordsAfter } from "./offered.ts";

export function bashCompletion(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const flags = offered(command);
    const values = flags.flatMap((flag) =>
      flag.choices ? [`      ${spellings(flag).join("|")}) words="${flag.choices.join(" ")}" ;;`] : [],
    );
    return `    ${command.name})
      words="${[...wordsAfter(command), ...flags.flatMap(spellings)].join(" ")}"
      case "$before" in
${values.join("\n")}
      esac
      ;;`;
  });
  return `# bash completion for devloop: source <(devloop completion bash)
_devloop() {
  local now="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$now"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$now"))
}
complete -o default -F _devloop devloop
`;
}
