/** From a Dockerfile's text to what the build of one target reads: stages, copies, mounts, args and images. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Dockerfile variables
import { describe, expect, test } from "bun:test";
import { readInstructions } from "../../../../src/build/docker/dockerfile/instructions.ts";
import type { BaseImage, Origin, Plan, PlanRequest, Step } from "../../../../src/build/docker/dockerfile/plan.ts";
import { readPlan } from "../../../../src/build/docker/dockerfile/read-plan.ts";

function plan(text: string, request: Partial<PlanRequest> = {}): Plan {
  return readPlan(readInstructions(text), {
    buildArgs: {},
    platform: "linux/arm64",
    buildPlatform: "linux/amd64",
    baseImage: () => undefined,
    ...request,
  });
}

/** One line per step that reads files. */
function steps(text: string, request: Partial<PlanRequest> = {}): string[] {
  return plan(text, request).stages.flatMap((stage) => stage.steps.flatMap(describeStep));
}

function describeStep(step: Step): string[] {
  if (step.kind === "run") return [];
  if (step.kind === "mount") return [`mount ${place(step.from)}${step.source}`];
  const flags = [step.parents ? "--parents " : "", ...step.exclude.map((x) => `--exclude=${x} `)].join("");
  return [`${flags}${place(step.from)}${step.sources.join(",")} -> ${step.destination}`];
}

function place(from: Origin): string {
  return from.kind === "context" ? "" : from.kind === "stage" ? `#${from.index}:` : `${from.name}:`;
}

describe("copies", () => {
  const table: readonly [title: string, text: string, want: readonly string[]][] = [
    ["several sources", "FROM scratch\nCOPY a b* /to/", ["a,b* -> /to/"]],
    ["the JSON form", 'FROM scratch\nCOPY ["a b", "/to"]', ["a b -> /to"]],
    ["broken JSON is words", "FROM scratch\nCOPY [a, b] /to/", ["[a,,b] -> /to/"]],
    ["a relative destination", "FROM scratch\nWORKDIR /w\nCOPY a .", ["a -> /w/."]],
    ["working directories add up", "FROM scratch\nWORKDIR /w\nWORKDIR x\nCOPY a b", ["a -> /w/x/b"]],
    ["without a known base, a relative destination is not known", "FROM base\nCOPY a b", ["a -> null"]],
    ["an absolute working directory makes it known", "FROM base\nWORKDIR /w\nCOPY a b", ["a -> /w/b"]],
    [
      "flags",
      "FROM scratch\nCOPY --parents --exclude=*.md --exclude=x a/b /",
      ["--parents --exclude=*.md --exclude=x a/b -> /"],
    ],
    ["a flag switched off", "FROM scratch\nCOPY --parents=false a /", ["a -> /"]],
    ["here-documents are no sources", "FROM scratch\nCOPY a <<EOF /to/\nx\nEOF", ["a -> /to/"]],
    ["an instruction with many lines", "FROM scratch\nCOPY a \\\n# no\n  b /to/", ["a,b -> /to/"]],
    [
      "ADD of addresses keeps them as written",
      "FROM scratch\nADD https://a.example/x.tgz a /",
      ["https://a.example/x.tgz,a -> /"],
    ],
  ];
  for (const [title, text, want] of table) test(title, () => expect(steps(text)).toEqual([...want]));
});

describe("stages", () => {
  const two = "FROM scratch AS one\nCOPY a /\nFROM scratch AS two\nCOPY b /\n";
  test("only those that the last one reaches count", () => expect(steps(two)).toEqual(["b -> /"]));
  test("a target by name, in any case", () => expect(steps(two, { target: "ONE" })).toEqual(["a -> /"]));
  test("a target by number", () => expect(steps(two, { target: "0" })).toEqual(["a -> /"]));
  test("an unknown target is not understood", () =>
    expect(() => plan(two, { target: "three" })).toThrow("no stage three"));
  test("reached by --from, by name and number", () => {
    expect(steps(`${two}COPY --from=one /x /`)).toEqual(["a -> /", "b -> /", "#0:/x -> /"]);
    expect(steps(`${two}COPY --from=0 /x /`)).toEqual(["a -> /", "b -> /", "#0:/x -> /"]);
  });
  test("reached by FROM", () => expect(steps(`${two}FROM one\nCOPY c /`)).toEqual(["a -> /", "c -> /"]));
  test("reached by a mount", () =>
    expect(steps(`${two}RUN --mount=type=bind,from=one,source=/x,target=/y z`)).toEqual([
      "a -> /",
      "b -> /",
      "mount #0:/x",
    ]));
  test("a name is a stage only after it", () =>
    expect(plan("FROM scratch AS a\nCOPY --from=later /x /\nFROM scratch AS later\n", { target: "a" }).images).toEqual([
      "later",
    ]));
  test("a later stage of the same name wins", () =>
    expect(steps("FROM scratch AS s\nCOPY a /\nFROM scratch AS s\nCOPY b /\nFROM s\nCOPY c /")).toEqual([
      "b -> /",
      "c -> /",
    ]));
  test("a number that is no stage is not understood", () =>
    expect(() => plan("FROM scratch\nCOPY --from=3 a /")).toThrow("no stage 3"));
  test("external images are collected", () =>
    expect(
      plan("ARG V=1\nFROM base:$V AS a\nCOPY --from=other:2 /x /\nRUN --mount=from=third,source=/y z").images,
    ).toEqual(["base:1", "other:2", "third"]));
  test("without any FROM nothing is understood", () => expect(() => plan("# nothing\n")).toThrow("it has no FROM"));
  test("an instruction before FROM is not understood", () =>
    expect(() => plan("RUN a\nFROM b")).toThrow("before the first FROM"));
});

describe("variables", () => {
  const table: readonly [title: string, text: string, args: Record<string, string>, want: readonly string[]][] = [
    ["ARG with a default", "FROM scratch\nARG A=x\nCOPY $A /", {}, ["x -> /"]],
    ["ARG given", "FROM scratch\nARG A=x\nCOPY $A /", { A: "y" }, ["y -> /"]],
    ["a given one that is not declared is unset", "FROM scratch\nCOPY a$A /", { A: "y" }, ["a -> /"]],
    ["a global one has to be declared again", "ARG A=x\nFROM scratch\nCOPY a$A /", {}, ["a -> /"]],
    ["declared again it has the global default", "ARG A=x\nFROM scratch\nARG A\nCOPY $A /", {}, ["x -> /"]],
    [
      "a global default made from another",
      "ARG A=x\nARG B=$A/y\nFROM scratch\nARG B\nCOPY $B /",
      { A: "z" },
      ["z/y -> /"],
    ],
    ["ENV", "FROM scratch\nENV A=x B=$A\nCOPY a$A$B /", {}, ["ax -> /"]],
    ["ENV in its old form", "FROM scratch\nENV A x y\nCOPY $A /", {}, ["x y -> /"]],
    ["ENV over ARG", "FROM scratch\nARG A=x\nENV A=y\nCOPY $A /", {}, ["y -> /"]],
    ["ARG over ENV depends on the engine", "FROM scratch\nENV A=x\nARG A=y\nCOPY $A /", {}, [" -> /"]],
    ["ENV is inherited, ARG too", "FROM scratch AS s\nARG A=x\nENV B=y\nFROM s\nCOPY $A$B /", {}, ["xy -> /"]],
    ["the default of an unset one", "FROM scratch\nCOPY ${A:-d} /", {}, ["d -> /"]],
    ["the default of an empty one", "FROM scratch\nARG A=\nCOPY ${A:-d} /${A-e} /", {}, ["d,/ -> /"]],
    ["another value where it is set", "FROM scratch\nARG A=x\nCOPY ${A:+d} /", {}, ["d -> /"]],
    ["nested", "FROM scratch\nARG B=b\nCOPY ${A:-${B}c} /", {}, ["bc -> /"]],
    ["quotes and escapes", "FROM scratch\nARG A=x\nCOPY '$A' \\$A \"$A\" /", {}, ["$A,$A,x -> /"]],
    ["unknown base: a variable may be set there", "FROM base\nCOPY a$A /", {}, [" -> /"]],
    [
      "the platform's",
      "FROM scratch\nARG TARGETARCH\nARG BUILDPLATFORM\nCOPY $TARGETARCH $BUILDPLATFORM /",
      {},
      ["arm64,linux/amd64 -> /"],
    ],
    ["in a mount", "FROM scratch\nARG A=x\nRUN --mount=type=bind,source=$A,target=/y z", {}, ["mount x"]],
    ["pattern removal is not guessed", "FROM scratch\nARG A=xy\nCOPY ${A#x} /", {}, [" -> /"]],
  ];
  for (const [title, text, buildArgs, want] of table)
    test(title, () => expect(steps(text, { buildArgs })).toEqual([...want]));

  test("a base image that is known tells its environment, working directory and triggers", () => {
    const base: BaseImage = { env: { A: "x" }, workdir: "/app", onBuild: ["COPY trigger/$A ./", "RUN build"] };
    const baseImage = (name: string) => (name === "base:1" ? base : undefined);
    expect(steps("FROM base:1\nCOPY $A b", { baseImage })).toEqual(["trigger/x -> /app/./", "x -> /app/b"]);
  });
  test("ONBUILD of a stage works in the stage that starts from it", () =>
    expect(steps("FROM scratch AS s\nONBUILD COPY a /\nFROM s\nCOPY b /")).toEqual(["a -> /", "b -> /"]));
  test("a required variable that is unset is not understood", () =>
    expect(() => plan("FROM scratch\nCOPY ${A:?why} /")).toThrow("A must be set: why"));
});

describe("mounts", () => {
  const table: readonly [title: string, mount: string, want: readonly string[]][] = [
    ["bind is the default type", "target=/x", ["mount /"]],
    ["a source", "type=bind,source=a/b,target=/x", ["mount a/b"]],
    ["its short name", "type=bind,src=a,dst=/x", ["mount a"]],
    ["a cache reads nothing", "type=cache,target=/x", []],
    ["a cache from the context", "type=cache,from=img,source=/y,target=/x", ["mount img:/y"]],
    ["secrets, ssh and tmpfs read nothing", "type=secret,id=a", []],
    ["ssh", "type=ssh", []],
    ["tmpfs", "type=tmpfs,target=/x", []],
  ];
  for (const [title, mount, want] of table)
    test(title, () => expect(steps(`FROM scratch\nRUN --mount=${mount} cmd`)).toEqual([...want]));
  test("an unknown type is not understood", () =>
    expect(() => plan("FROM scratch\nRUN --mount=type=odd cmd")).toThrow("a mount has the type odd"));
});

describe("args that have an effect", () => {
  const args = (text: string, buildArgs: Record<string, string> = {}, target?: string) =>
    [...plan(text, { buildArgs, ...(target === undefined ? {} : { target }) }).args].sort();
  test("those that a reached stage declares", () =>
    expect(args("FROM scratch AS a\nARG A\nFROM scratch\nARG B\nARG C=1")).toEqual(["B", "C"]));
  test("those in a FROM line", () => expect(args("ARG V=1\nFROM base:$V")).toEqual(["V"]));
  test("those that a used default is made from", () =>
    expect(args("ARG A=1\nARG B=$A\nFROM base:$B")).toEqual(["A", "B"]));
  test("not those that nothing reads", () => expect(args("ARG A=1\nFROM scratch")).toEqual([]));
  test("those that steer the build without being declared", () =>
    expect(
      args("FROM scratch", { BUILDKIT_INLINE_CACHE: "1", SOURCE_DATE_EPOCH: "0", HTTP_PROXY: "x", OTHER: "1" }),
    ).toEqual(["BUILDKIT_INLINE_CACHE", "SOURCE_DATE_EPOCH"]));
});

describe("what is not understood is said with its line", () => {
  const table: readonly [text: string, line: number, why: string][] = [
    ["FROM scratch\nFETCH a b", 2, "FETCH is no instruction"],
    ["FROM scratch\n\nCOPY --odd=1 a b", 3, "has the flag --odd"],
    ["FROM scratch\nCOPY a", 2, "needs a source and a destination"],
    ["FROM a AS", 1, "FROM takes an image and a stage name"],
    ["FROM $X", 1, "the base name $X is empty"],
    ["FROM scratch\nCOPY ${a b", 2, "substitution"],
  ];
  for (const [text, line, why] of table)
    test(why, () => {
      const caught = (() => {
        try {
          return plan(text);
        } catch (error) {
          return error;
        }
      })();
      expect(caught).toMatchObject({ name: "Unreadable", line, message: expect.stringContaining(why) });
    });
});
