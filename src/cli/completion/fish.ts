/** Completion for fish: one line for each command and each of its flags, with descriptions. */
import type { Command } from "../../command/command.ts";
import { offered, takesValue, wordsAfter } from "./offered.ts";

export function fishCompletion(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const { name, summary } = command;
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c devloop -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...wordsAfter(command).map((word) => `complete -c devloop ${within} -a ${word}`),
      ...offered(command).map((flag) => {
        const short = flag.short ? ` -s ${flag.short}` : "";
        const value = takesValue(flag) ? " -r" : "";
        const choices = flag.choices ? ` -f -a ${quoted(flag.choices.join(" "))}` : "";
        return `complete -c devloop ${within} -l ${flag.name}${short}${value}${choices} -d ${quoted(flag.help)}`;
      }),
    ];
  });
  return `# fish completion for devloop: devloop completion fish | source\n${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
