/** Help texts, made from the command table: the purpose of a command, examples that work, its flags. */
import type { Command } from "../command/command.ts";
import type { Flag } from "../command/flags.ts";

const groupTitles = { daily: "Every day", steps: "One step at a time", more: "More" } as const;

/** `devloop --help`: the commands by group. */
export function overview(commands: readonly Command[], globals: readonly Flag[]): string {
  const width = Math.max(...commands.map((c) => c.name.length)) + 2;
  const groups = (Object.keys(groupTitles) as (keyof typeof groupTitles)[]).map((group) => {
    const rows = commands.filter((c) => c.group === group).map((c) => `  ${c.name.padEnd(width)}${c.summary}`);
    return `${groupTitles[group]}:\n${rows.join("\n")}`;
  });
  return [
    "devloop: a saved file becomes a running change, and nothing is done twice",
    "",
    "Usage:\n  devloop COMMAND [flags]",
    "",
    groups.join("\n\n"),
    "",
    `Flags of every command:\n${flagRows(globals)}`,
    "",
    "Every flag can be set by environment: DEVLOOP_<FLAG> or SKAFFOLD_<FLAG>, in upper case, _ for -.",
    'Try "devloop help COMMAND" for examples and flags, and "devloop dev" in a folder with a skaffold.yaml.',
  ].join("\n");
}

/** `devloop COMMAND --help`. */
export function commandHelp(command: Command, globals: readonly Flag[]): string {
  const width = Math.max(...command.examples.map((e) => e.line.length)) + 2;
  const parts = [
    command.summary,
    ...(command.description ? ["", command.description] : []),
    "",
    `Usage:\n  devloop ${command.name}${command.usage ? ` ${command.usage}` : ""} [flags]`,
    "",
    `Examples:\n${command.examples.map((e) => `  ${e.line.padEnd(width)}${e.says}`).join("\n")}`,
  ];
  if (command.flags.length > 0) parts.push("", `Flags:\n${flagRows(command.flags)}`);
  parts.push("", `Flags of every command:\n${flagRows(globals)}`);
  return parts.join("\n");
}

/** One line for each flag that is not hidden, by name. */
export function flagRows(flags: readonly Flag[]): string {
  const rows = flags
    .filter((flag) => !flag.hidden)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => [spelling(flag), `${flag.help}${defaultText(flag)}`] as const);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
}

function spelling(flag: Flag): string {
  const value =
    flag.type === "bool" || flag.type === "tristate"
      ? ""
      : flag.type === "optional"
        ? `[=${flag.value}]`
        : ` ${flag.value ?? "VALUE"}`;
  return `${flag.short ? `-${flag.short}, ` : "    "}--${flag.name}${value}`;
}

function defaultText(flag: Flag): string {
  if (flag.default === undefined || flag.default === "false" || flag.default === "") return "";
  return ` (default ${flag.default})`;
}
