import { expect, test } from "bun:test";
import type { Finished } from "../../scripts/suite/command.ts";
import { closingLine, ofCheck, ofTests } from "../../scripts/suite/result.ts";

const finished = (code: number | undefined): Finished => ({ code, output: "said", seconds: 1 });
const report = (tests: number, failures: number, skipped: readonly string[] = []) =>
  `<testsuites name="bun test" tests="${tests}" assertions="9" failures="${failures}" skipped="${skipped.length}" time="1">
${skipped.map((name) => `<testcase name="${name}" classname="c">\n  <skipped />\n</testcase>`).join("\n")}`;

test("a file counts the tests in its report", () => {
  const { passed, failed, skipped } = ofTests("f", finished(1), 9, report(5, 1, ["a &quot;b&quot;"]));
  expect({ passed, failed, skipped }).toEqual({ passed: 3, failed: 1, skipped: ['a "b"'] });
});

test("a bad end beside the tests is a failure of its own", () => {
  expect(ofTests("f", finished(1), 9, report(5, 0))).toMatchObject({ passed: 5, failed: 1 });
  expect(ofTests("f", finished(undefined), 9, "")).toMatchObject({ passed: 0, failed: 1 });
  expect(ofTests("f", finished(0), 9, report(0, 0)).output).toEndWith("ran no test");
});

test("a check is one test", () => {
  expect(ofCheck("types", finished(0), 9)).toMatchObject({ passed: 1, failed: 0 });
  expect(ofCheck("types", finished(2), 9)).toMatchObject({ passed: 0, failed: 1 });
});

test("the closing line names skips only where there are any", () => {
  const some = [ofCheck("types", finished(0), 9), ofTests("f", finished(0), 9, report(3, 0))];
  expect(closingLine(some)).toBe("4 passed, 0 failed");
  expect(closingLine([...some, ofTests("g", finished(1), 9, report(3, 1, ["x"]))])).toBe(
    "5 passed, 1 failed, 1 skipped",
  );
});
