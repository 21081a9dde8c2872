/** Where one instruction of a Dockerfile ends and the next begins. */
import { describe, expect, test } from "bun:test";
import { readInstructions } from "../../../../src/build/docker/dockerfile/instructions.ts";

const short = (text: string) =>
  readInstructions(text).instructions.map(({ name, flags, rest, line, lastLine }) =>
    [name, ...flags, rest, `${line}-${lastLine}`].join("|"),
  );

describe("lines", () => {
  const table: readonly [title: string, text: string, want: readonly string[]][] = [
    ["one each", "FROM a\nRUN b\n", ["FROM|a|1-1", "RUN|b|2-2"]],
    ["names in any case", "from a\nRun b", ["FROM|a|1-1", "RUN|b|2-2"]],
    ["empty lines and comments between", "FROM a\n\n# no\n   # no\nRUN b", ["FROM|a|1-1", "RUN|b|5-5"]],
    ["carriage returns", "FROM a\r\nRUN b\\\r\n c\r\n", ["FROM|a|1-1", "RUN|b c|2-3"]],
    ["a byte order mark", "\uFEFFFROM a", ["FROM|a|1-1"]],
    ["continued", "RUN a \\\n  b \\\n  c\nRUN d", ["RUN|a   b   c|1-3", "RUN|d|4-4"]],
    ["continued with blanks after the sign", "RUN a \\  \n  b", ["RUN|a   b|1-2"]],
    ["an escaped sign does not continue", "RUN a \\\\\nRUN b", ["RUN|a \\\\|1-1", "RUN|b|2-2"]],
    ["comments and empty lines inside", "RUN a \\\n# no\n\n  # no\n  b", ["RUN|a   b|1-5"]],
    ["a sign at the end of the file", "RUN a \\", ["RUN|a|1-1"]],
    ["flags", "COPY --from=b --chown=1:1 x y", ["COPY|--from=b|--chown=1:1|x y|1-1"]],
    ["a quoted flag", 'RUN --mount="type=bind,source=a b" c', ["RUN|--mount=type=bind,source=a b|c|1-1"]],
    ["a lone double dash ends the flags", "RUN -- --x", ["RUN|--x|1-1"]],
    ["flags over lines", "COPY --link \\\n  --from=b \\\n x y", ["COPY|--link|--from=b|x y|1-3"]],
    [
      "another escape character",
      "# escape=`\nRUN a `\n b\nRUN c \\\nRUN d",
      ["RUN|a  b|2-3", "RUN|c \\|4-4", "RUN|d|5-5"],
    ],
  ];
  for (const [title, text, want] of table) test(title, () => expect(short(text)).toEqual([...want]));
});

describe("here-documents", () => {
  const docs = (text: string) =>
    readInstructions(text).instructions.map(({ name, heredocs, lastLine }) => [
      name,
      heredocs.map((doc) => doc.name).join(","),
      lastLine,
    ]);
  test("end at their name alone", () =>
    expect(docs("RUN <<EOF\nFROM x\n EOF\nEOF\nRUN b")).toEqual([
      ["RUN", "EOF", 4],
      ["RUN", "", 5],
    ]));
  test("may be several, quoted, and with a descriptor", () =>
    expect(docs("COPY <<a <<'b' 3<<\"c\" /x/\na\nb\n1\nc\nRUN d")).toEqual([
      ["COPY", "a,b,c", 5],
      ["RUN", "", 6],
    ]));
  test("with a dash end at an indented name", () =>
    expect(docs("RUN <<-EOF\n\tx\n\tEOF")).toEqual([["RUN", "EOF", 3]]));
  test("are not looked for in the JSON form", () => expect(docs('RUN ["<<EOF"]\nRUN b')).toHaveLength(2));
  test("are not looked for in other instructions", () => expect(docs("CMD echo <<EOF\nRUN b")).toHaveLength(2));
  test("are not mistaken for here-strings", () => expect(docs("RUN cat <<<x\nRUN b")).toHaveLength(2));
  test("without an end are not understood", () =>
    expect(() => readInstructions("FROM a\nRUN <<EOF\nx")).toThrow("the here-document EOF has no end"));
});

describe("directives", () => {
  test("stand at the top and end with the first other line", () => {
    const { directives } = readInstructions("# syntax=docker/dockerfile:1\n# escape=`\n\n# check=skip=all\nFROM a");
    expect([...directives]).toEqual([
      ["syntax", "docker/dockerfile:1"],
      ["escape", "`"],
    ]);
  });
  test("a comment before them makes them comments", () =>
    expect(readInstructions("# about\n# escape=`\nFROM a").escapeChar).toBe("\\"));
  test("a frontend of another language is not understood", () =>
    expect(() => readInstructions("# syntax=example.com/mine:1\nFROM a")).toThrow("reads it by rules of its own"));
  test("the frontend may come from a mirror, by tag or digest", () => {
    for (const name of ["docker/dockerfile", "mirror.example/docker/dockerfile:1.7-labs", "docker/dockerfile@sha256:0"])
      expect(readInstructions(`# syntax=${name}\nFROM a`).instructions).toHaveLength(1);
  });
  test("an impossible escape character is not understood", () =>
    expect(() => readInstructions("# escape=x\nFROM a")).toThrow("cannot be the escape character"));
});
