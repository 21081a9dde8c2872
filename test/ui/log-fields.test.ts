/** What is shown of a log's lines that are JSON. */
import { expect, test } from "bun:test";
import { logFields } from "../../src/ui/log-fields.ts";
import { painter } from "../../src/ui/paint.ts";
import { PlainView } from "../../src/ui/plain.ts";

test.each([
  ['{"level":"info","message":"ready","port":8080}', ["message", "level"], "message: ready, level: info"],
  ['{"port":8080,"at":{"a":[1]},"none":null}', ["port", "at", "none"], 'port: 8080, at: {"a":[1]}, none: null'],
  ['{"message":"ready"}', ["level", "message"], "message: ready"],
  ['{"other":1}', ["level"], '{"other":1}'],
  ['{"message":"ready"}', [], '{"message":"ready"}'],
  ["plain text", ["message"], "plain text"],
  ['{"message":', ["message"], '{"message":'],
  ['["message"]', ["message"], '["message"]'],
  ['{"a":1}', ["toString", "__proto__"], '{"a":1}'],
])("%s of %j", (line, fields, shown) => {
  expect(logFields(line, fields)).toBe(shown);
});

test("the plain view shows them behind the prefix, by what is configured at that moment", () => {
  const out: string[] = [];
  const options = { logFields: ["message"] };
  const view = new PlainView({
    out: (line) => out.push(line),
    err: () => undefined,
    paint: painter(false, {}, 34),
    level: "warn",
    timestamps: false,
    logPrefix: "container",
    get logFields() {
      return options.logFields;
    },
    cwd: "/project",
  });
  const line = '{"message":"ready","level":"info"}';
  const event = { type: "log", artifact: "w", pod: "p", container: "web", namespace: "n", line } as const;
  view.show({ at: 0, event });
  options.logFields = [];
  view.show({ at: 1, event });
  expect(out).toEqual(["[web] message: ready", `[web] ${line}`]);
});
