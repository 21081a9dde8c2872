import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Flag, type FlagValues, parseFlags, splitList } from "../../src/command/flags.ts";

const table: readonly Flag[] = [
  { name: "filename", short: "f", type: "string", help: "" },
  { name: "profile", short: "p", type: "list", help: "" },
  { name: "cleanup", type: "bool", default: "true", help: "" },
  { name: "status-check", type: "tristate", help: "" },
  { name: "port-forward", type: "optional", bare: "user,services", help: "" },
  { name: "build-concurrency", type: "int", default: "-1", help: "" },
  { name: "namespace", short: "n", type: "string", help: "" },
  { name: "trigger", type: "string", choices: ["notify", "manual"], help: "" },
];

function flagsOf(argv: string[], env: Record<string, string> = {}): FlagValues {
  const parsed = parseFlags(argv, table, env);
  if ("usage" in parsed) throw new Error(parsed.usage);
  return parsed.flags;
}

describe("spelling", () => {
  test.each([
    [["--filename=a.yaml"], "a.yaml"],
    [["--filename", "a.yaml"], "a.yaml"],
    [["-f", "a.yaml"], "a.yaml"],
    [["-fa.yaml"], "a.yaml"],
    [["-f=a.yaml"], "a.yaml"],
    [["-f", "-"], "-"],
    [["-f", "a", "-f", "b"], "b"],
  ])("%p names the file", (argv, want) => {
    expect(flagsOf(argv).text("filename")).toBe(want);
  });

  test("a list takes commas, repetition and a value that begins with a dash", () => {
    expect(flagsOf(["-p", "a,b", "--profile=c", "-p", "-d"]).list("profile")).toEqual(["a", "b", "c", "-d"]);
  });

  test("a boolean never eats the next word", () => {
    const parsed = parseFlags(["--cleanup", "false"], table, {});
    if ("usage" in parsed) throw new Error(parsed.usage);
    expect(parsed.flags.bool("cleanup")).toBe(true);
    expect(parsed.args).toEqual(["false"]);
    expect(flagsOf(["--cleanup=false"]).bool("cleanup")).toBe(false);
  });

  test("an optional value only stands behind an equals sign", () => {
    expect(flagsOf(["--port-forward"]).text("port-forward")).toBe("user,services");
    expect(flagsOf(["--port-forward=off"]).text("port-forward")).toBe("off");
    expect(flagsOf([]).text("port-forward")).toBeUndefined();
  });

  test("three-valued flags know that they were not given", () => {
    expect(flagsOf([]).tristate("status-check")).toBeUndefined();
    expect(flagsOf(["--status-check=false"]).tristate("status-check")).toBe(false);
  });
});

describe("environment", () => {
  test("the command line beats DEVLOOP_, which beats SKAFFOLD_", () => {
    const env = { SKAFFOLD_NAMESPACE: "old", DEVLOOP_NAMESPACE: "new" };
    expect(flagsOf([], { SKAFFOLD_NAMESPACE: "old" }).text("namespace")).toBe("old");
    expect(flagsOf([], env).text("namespace")).toBe("new");
    expect(flagsOf(["-n", "line"], env).text("namespace")).toBe("line");
    expect(flagsOf([], { SKAFFOLD_DEPLOY_NAMESPACE: "older" }).text("namespace")).toBe("older");
  });

  test("a list from the environment is replaced, not extended, by the command line", () => {
    expect(flagsOf(["-p", "b"], { SKAFFOLD_PROFILE: "a" }).list("profile")).toEqual(["b"]);
  });
});

describe("complaints", () => {
  test.each([
    [["--filname", "x"], "unknown flag: --filname", "did you mean --filename?"],
    [["--filename"], "flag needs an argument: --filename", undefined],
    [["--build-concurrency=many"], 'invalid argument "many" for "--build-concurrency": want a whole number', undefined],
    [["--cleanup=perhaps"], 'invalid argument "perhaps" for "--cleanup": want true or false', undefined],
    [["--trigger=psychic"], 'invalid argument "psychic" for "--trigger": want one of notify, manual', undefined],
  ])("%p", (argv, usage, suggestion) => {
    expect(parseFlags(argv, table, {})).toEqual(suggestion ? { usage, suggestion } : { usage });
  });
});

test("a list item survives quoting", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (items) => {
      const line = items.map((item) => `"${item.replaceAll('"', '""')}"`).join(",");
      expect(splitList(line)).toEqual(items);
    }),
  );
});

test("reading never throws, whatever the words", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (argv) => {
      expect(parseFlags(argv, table, {})).toBeDefined();
    }),
  );
});
