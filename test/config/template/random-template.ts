/** Random templates over the data of `language-cases.ts`: mostly well-formed, some not, every construct somewhere. */
import fc from "fast-check";

const oneOf = fc.constantFrom;
const fields = oneOf(
  ..."s empty i zero neg f yes no nothing list numbers none dict void mixed html long missing"
    .split(" ")
    .map((name) => `.${name}`),
  ".dict.a",
  ".dict.c.d",
  ".dict.missing",
  "$.s",
  "$.list",
  ".",
  "$",
);
const variables = oneOf("$a", "$b", "$c");
const texts = oneOf('"a"', '"b c"', '""', "`raw`", '"%d|%v"', '"ä"', '"<&>"', "'x'");
const numbers = oneOf("0", "1", "2", "-3", "1.5", "2.0", "1e3", "0x1F", "100000000.0");
const literals = fc.oneof(texts, numbers, oneOf("true", "false", "nil"));

/** Verbs with any flags; those whose output depends on the version of Go are left out. */
export const verb = fc
  .tuple(
    oneOf("", "", "+", "-", " ", "#", "-+", "0"),
    oneOf("", "", "5", "2", "*"),
    oneOf("", "", ".2", ".0", ".", ".*"),
    oneOf("", "", "", "", "[1]", "[2]", "[9]"),
    oneOf(..."vvddsqtfegGExXobcUT%z".split("")),
  )
  .map((parts) => `%${parts.join("")}`)
  // Hexadecimal floats are refused here, and only here.
  .filter((one) => !/[xX]$/.test(one) || !one.includes("f"));

const operand = (depth: number): fc.Arbitrary<string> =>
  depth <= 0
    ? fc.oneof(fields, literals)
    : fc.oneof(
        { weight: 4, arbitrary: fields },
        { weight: 4, arbitrary: literals },
        { weight: 2, arbitrary: variables },
        { weight: 2, arbitrary: pipeline(depth - 1).map((inner) => `(${inner})`) },
        { weight: 1, arbitrary: pipeline(depth - 1).map((inner) => `(${inner}).c.d`) },
      );

const call = (depth: number): fc.Arbitrary<string> => {
  const some = (min: number, max: number) =>
    fc.array(operand(depth), { minLength: min, maxLength: max }).map((args) => args.map((arg) => ` ${arg}`).join(""));
  const named = (names: readonly string[], min: number, max: number) =>
    fc.tuple(oneOf(...names), some(min, max)).map(([name, args]) => name + args);
  return fc.oneof(
    { weight: 4, arbitrary: operand(depth) },
    { weight: 2, arbitrary: named(["print", "println", "html", "js", "urlquery"], 0, 3) },
    { weight: 3, arbitrary: named(["eq", "ne", "lt", "le", "gt", "ge"], 1, 3) },
    { weight: 2, arbitrary: named(["and", "or", "not"], 1, 3) },
    { weight: 2, arbitrary: named(["len", "index", "slice"], 1, 3) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(verb, { maxLength: 3 }), some(0, 3))
        .map(([verbs, args]) => `printf ${JSON.stringify(verbs.join(" "))}${args}`)
        .filter((text) => !/%[^a-zA-Z%]*[xXb]/.test(text)),
    },
  );
};

function pipeline(depth: number): fc.Arbitrary<string> {
  const piped = oneOf("len", "print", "not", 'printf "%v"', "index .list", "html", "eq 1", "and true");
  return fc.oneof(
    { weight: 4, arbitrary: call(depth) },
    { weight: 1, arbitrary: fc.tuple(call(depth), piped).map(([first, then]) => `${first} | ${then}`) },
  );
}

const open = oneOf("{{", "{{", "{{ ", "{{- ");
const close = oneOf("}}", "}}", " }}", " -}}");
const action = (inner: fc.Arbitrary<string>) => fc.tuple(open, inner, close).map((parts) => parts.join(""));
const blank = oneOf("", " ", "\n", "text", " a\n ", "{ }");

function nodes(depth: number, inLoop: boolean): fc.Arbitrary<string> {
  return fc.array(node(depth, inLoop), { maxLength: 4 }).map((all) => all.join(""));
}

function node(depth: number, inLoop: boolean): fc.Arbitrary<string> {
  const pipe = pipeline(2);
  const declared = fc.tuple(variables, oneOf(" := ", " = ", ":="), pipe).map((parts) => parts.join(""));
  const simple = [
    { weight: 3, arbitrary: blank },
    { weight: 5, arbitrary: action(pipe) },
    { weight: 2, arbitrary: action(declared) },
    { weight: 1, arbitrary: fc.constant("{{/* note */}}") },
    { weight: inLoop ? 2 : 0, arbitrary: action(oneOf("break", "continue")) },
    {
      weight: 1,
      arbitrary: action(
        fc.tuple(oneOf('template "t"', 'template "u"'), oneOf("", " .", " .list")).map((p) => p.join("")),
      ),
    },
  ];
  if (depth <= 0) return fc.oneof(...simple);
  const end = action(fc.constant("end"));
  const otherwise = fc.oneof(
    { weight: 2, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.tuple(action(fc.constant("else")), nodes(depth - 1, inLoop)).map((p) => p.join("")) },
  );
  const branch = (word: string) =>
    fc
      .tuple(
        action(fc.oneof(pipe, declared).map((inner) => `${word} ${inner}`)),
        nodes(depth - 1, inLoop),
        fc.oneof(
          fc.constant(""),
          fc
            .tuple(action(pipe.map((inner) => `else ${word} ${inner}`)), nodes(depth - 1, inLoop))
            .map((p) => p.join("")),
        ),
        otherwise,
        end,
      )
      .map((parts) => parts.join(""));
  const loopHead = fc
    .tuple(
      oneOf("", "", "$a := ", "$a, $b := ", "$a = "),
      fc.oneof(fields, oneOf("3", "(slice .list 1)", ".dict", ".mixed")),
    )
    .map((parts) => `range ${parts.join("")}`);
  const loop = fc.tuple(action(loopHead), nodes(depth - 1, true), otherwise, end).map((parts) => parts.join(""));
  const block = fc
    .tuple(action(oneOf('block "u" .', 'block "u" .dict')), nodes(depth - 1, false), end)
    .map((p) => p.join(""));
  return fc.oneof(
    ...simple,
    { weight: 2, arbitrary: branch("if") },
    { weight: 2, arbitrary: branch("with") },
    { weight: 2, arbitrary: loop },
    { weight: 1, arbitrary: block },
  );
}

/** A whole template; most declare the variables and the named template that they use. */
export const randomTemplate: fc.Arbitrary<string> = fc
  .tuple(
    oneOf("{{$a := 1}}{{$b := .s}}{{$c := .list}}", "{{$a := 1}}{{$b := .s}}{{$c := .list}}", ""),
    oneOf('{{define "t"}}[{{.}}]{{end}}{{define "u"}} {{end}}', '{{define "t"}}<{{range .}}{{.}}{{end}}>{{end}}', ""),
    nodes(3, false),
  )
  .map((parts) => parts.join(""));
