/** What becomes of something thrown: a failure is told as it is, a mistake of the program with its trace. */
import { expect, test } from "bun:test";
import { diagnosticsOf, Failure } from "../../src/diag/failure.ts";

test("a failure has its own diagnostics, another error its message", () => {
  expect(diagnosticsOf(new Failure("no"))).toEqual([{ severity: "error", message: "no" }]);
  expect(diagnosticsOf(new Error("ENOSPC: no space left"))).toEqual([
    { severity: "error", message: "ENOSPC: no space left" },
  ]);
});

test("what the language itself throws comes with where, and what to do", () => {
  const nothing = undefined as unknown as { readonly field: string };
  const thrown = (() => {
    try {
      return nothing.field;
    } catch (mistake) {
      return mistake;
    }
  })();
  const [diagnostic] = diagnosticsOf(thrown);
  expect(diagnostic?.details?.[0]).toContain("failure.test.ts");
  expect(diagnostic?.suggestion).toContain("please report it");
});

test("a broken connection is no mistake, though the runtime calls it a TypeError", () => {
  const broken = Object.assign(new TypeError("fetch failed"), { code: "ConnectionRefused" });
  expect(diagnosticsOf(broken)).toEqual([{ severity: "error", message: "fetch failed" }]);
});
