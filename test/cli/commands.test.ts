import { describe, expect, test } from "bun:test";
import { commands } from "../../src/cli/commands.ts";
import { globalFlags } from "../../src/cli/flag-table.ts";
import { commandHelp, overview } from "../../src/cli/help.ts";
import { parseFlags } from "../../src/command/flags.ts";
import { commandFolder } from "../rig/command-line.ts";

describe.each(commands.map((command) => [command.name, command] as const))("%s", (_name, command) => {
  test("says what it is for, with at least three examples", () => {
    expect(command.summary).toMatch(/^[A-Z].{10,90}[^.]$/);
    expect(command.examples.length).toBeGreaterThanOrEqual(3);
    for (const { says } of command.examples) expect(says).not.toBe("");
    const help = commandHelp(command, globalFlags);
    for (const flag of command.flags) if (!flag.hidden) expect(help).toContain(`--${flag.name}`);
    expect(overview(commands, globalFlags)).toContain(command.summary);
  });

  test("no flag is there twice, each says what it does", () => {
    const flags = [...command.flags, ...globalFlags];
    const names = flags.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const shorts = flags.flatMap(({ short }) => short ?? []);
    expect(shorts).toEqual([...new Set(shorts)]);
    for (const { help } of flags) expect(help).not.toBe("");
  });

  test("its examples are understood", () => {
    for (const { line } of command.examples) {
      const [name, ...words] = wordsOf(line);
      const meant = commands.find((each) => each.name === name);
      expect(meant).toBeDefined();
      const parsed = parseFlags(words, [...(meant?.flags ?? []), ...globalFlags], {});
      expect(parsed).not.toHaveProperty("usage");
      const count = "args" in parsed ? parsed.args.length : -1;
      const [least = 0, most = 0] = meant?.args ?? [];
      if ("flags" in parsed && parsed.flags.bool("help")) continue;
      expect(count).toBeGreaterThanOrEqual(least);
      expect(count).toBeLessThanOrEqual(most);
    }
  });
});

const project = {
  "skaffold.yaml": `apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: shop}
build:
  artifacts: [{image: web}]
profiles:
  - {name: dev, build: {tagPolicy: {sha256: {}}}}
  - {name: staging, deploy: {statusCheck: false}}
`,
  Dockerfile: "FROM scratch\n",
  "services/skaffold.yaml": "apiVersion: skaffold/v1\nkind: Config\n",
};

describe("examples that need no cluster end well", () => {
  const offline = [
    "completion",
    "config",
    "credits",
    "diagnose",
    "find-configs",
    "fix",
    "help",
    "inspect",
    "options",
    "schema",
    "version",
  ];
  const lines = commands.filter(({ name }) => offline.includes(name)).flatMap(({ examples }) => examples);
  test.each(lines.map(({ line }) => [line]))("%s", async (line) => {
    using made = commandFolder(project);
    const variables = [...line.matchAll(/^(\w+)=(\S+) /g)].map(([, name = "", value = ""]) => [name, value]);
    const { code, err } = await made.run(wordsOf(line), { env: Object.fromEntries(variables) });
    expect(err).not.toContain("error");
    expect(code).toBe(0);
  });
});

/** The words after `devloop`, as a shell gives them. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  return words.slice(words.indexOf("devloop") + 1);
}

describe("words that are no command line are refused with what to write", () => {
  test.each<[string, string]>([
    ["help rnu", 'error: unknown command "rnu" for "devloop"\n  hint: did you mean run?\nSee "devloop --help".\n'],
    ["apply x.yaml", "error: devloop has no apply yet\n  hint: `devloop deploy` renders"],
    ["verify", 'error: devloop has no verify yet\nSee "devloop --help".\n'],
    ["config", "error: config takes 1 or 2 arguments, got none\n  hint: write devloop config explain [PATH]\n"],
    ["run extra", 'error: run takes no arguments, got 1: extra\nSee "devloop run --help".\n'],
    [
      "run --port-forward=user,pod",
      '"--port-forward": want one of user, services, pods, debug, off, true, false\n  hint: did you mean pods?',
    ],
    ["run -v inf", "want one of panic, fatal, error, warn, warning, info, debug, trace\n  hint: did you mean info?\n"],
  ])("devloop %s", async (line, said) => {
    using folder = commandFolder({});
    const { code, err } = await folder.run(line.split(" "));
    expect(err).toContain(said);
    expect(code).toBe(127);
  });
});
