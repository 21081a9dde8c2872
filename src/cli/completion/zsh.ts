/** Completion for zsh: commands and flags with descriptions, values of flags with few values, otherwise files. */
import type { Command } from "../../command/command.ts";
import type { Flag } from "../../command/flags.ts";
import { offered, takesValue, wordsAfter } from "./offered.ts";

export function zshCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const words = wordsAfter(command);
    const rest = words.length > 0 ? quoted(`*:word:(${words.join(" ")})`) : quoted("*:file:_files");
    return `    ${command.name})
      _arguments ${[...offered(command).flatMap(specs), rest].join(" \\\n        ")}
      ;;`;
  });
  return `#compdef devloop
# zsh completion for devloop: source <(devloop completion zsh)
_devloop() {
  local -a names
  names=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command names
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join("\n")}
  esac
}
compdef _devloop devloop
`;
}

function specs(flag: Flag): string[] {
  const text = flag.help.replace(/[[\]:\\]/g, "\\$&");
  const value = takesValue(flag)
    ? `:${flag.value ?? "value"}:${flag.choices ? `(${flag.choices.join(" ")})` : "_files"}`
    : "";
  const long = `--${flag.name}${takesValue(flag) ? "=" : ""}`;
  return [long, ...(flag.short ? [`-${flag.short}`] : [])].map((name) => quoted(`${name}[${text}]${value}`));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
