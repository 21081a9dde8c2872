/** How one part of the suite ended: a check counts as one test, a test file as those in it. Nothing counts as nothing. */
import type { Finished } from "./command.ts";

export interface Result {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were not run. */
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** All that it said. */
  readonly output: string;
}

/** A check passes by exit code. */
export function ofCheck(name: string, finished: Finished, limitSeconds: number): Result {
  const ok = finished.code === 0;
  return {
    name,
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: [],
    seconds: finished.seconds,
    output: finished.code === undefined ? `${finished.output}\nnot done after ${limitSeconds} s` : finished.output,
  };
}

/** A file's tests by its report. A run that ended badly beside its tests, or ran none, has failed once more. */
export function ofTests(name: string, finished: Finished, limitSeconds: number, report: string): Result {
  const count = (field: string) => Number(report.match(new RegExp(`<testsuites [^>]*\\b${field}="(\\d+)"`))?.[1] ?? 0);
  const skipped = [...report.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g)].map((m) => decode(m[1] ?? ""));
  const [tests, failures] = [count("tests"), count("failures")];
  const passed = tests - failures - count("skipped");
  const astray =
    finished.code === undefined
      ? `not done after ${limitSeconds} s`
      : tests === 0
        ? "ran no test"
        : finished.code !== 0 && failures === 0
          ? `ended with exit code ${finished.code}`
          : undefined;
  return {
    name,
    passed,
    failed: failures + (astray === undefined ? 0 : 1),
    skipped,
    seconds: finished.seconds,
    output: astray === undefined ? finished.output : `${finished.output}\n${astray}`,
  };
}

/** The closing line: `N passed, N failed`, and `, N skipped` where there are any. */
export function closingLine(results: readonly Result[]): string {
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  const skipped = sum((r) => r.skipped.length);
  return `${sum((r) => r.passed)} passed, ${sum((r) => r.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function decode(text: string): string {
  const entities: Record<string, string> = { quot: '"', apos: "'", lt: "<", gt: ">", amp: "&" };
  return text.replace(/&(quot|apos|lt|gt|amp);/g, (_, name: string) => entities[name] ?? "");
}
