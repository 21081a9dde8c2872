/** A failed build as one complaint at its line of the Dockerfile, from recordings of real failures. */
import { describe, expect, test } from "bun:test";
import { failedBuild } from "../../../src/build/docker/failed-build.ts";
import { printDiagnostic } from "../../../src/diag/print.ts";
import type { StepState } from "../../../src/tool/docker/buildx-progress.ts";
import { play } from "../../tool/buildx-recording.ts";

const run = `FROM scratch AS tools
COPY busybox /bin/busybox

FROM tools
RUN ["/bin/busybox", "echo", "first line"]
# about to fail
RUN ["/bin/busybox", "sh", "-c", "echo one; echo two >&2; printf three; exit 3"]
`;

function complaint(recording: string, text: string): string {
  return printDiagnostic(failedBuild("web", play(recording).progress, { path: "/app/Dockerfile", text }));
}

describe("the complaint", () => {
  test("about a command has its line, its exit code and its last output", () =>
    expect(complaint("failed-run", run)).toMatchSnapshot());
  test("about a missing file points at the instruction's first line", () =>
    expect(
      complaint("failed-copy", "FROM scratch\nCOPY busybox /bin/busybox\nCOPY \\\n  nothing \\\n  /\n"),
    ).toMatchSnapshot());
  test("about an unknown instruction", () =>
    expect(complaint("failed-parse", "FROM scratch\nCOPPY busybox /bin/busybox\n")).toMatchSnapshot());
  test("about an unknown target has no place", () => expect(complaint("failed-target", run)).toMatchSnapshot());
  test("about a base image that cannot be had", () =>
    expect(complaint("failed-base", "FROM localhost:1/none:1\nCOPY busybox /\n")).toMatchSnapshot());
  test("about a Dockerfile that is not there", () => expect(complaint("failed-file", "")).toMatchSnapshot());
});

test("a client that dies without a word is said to have done so", () => {
  const silent = { steps: new Map(), text: [], contextBytes: 0, line: () => undefined };
  expect(failedBuild("web", silent, { path: "/app/Dockerfile", text: "" }).message).toBe(
    "cannot build web: the builder ended without a message",
  );
});

test("steps that were cancelled beside the failing one are not blamed", () => {
  const step = (id: string, error: string): [string, StepState] => [
    id,
    { id, name: `[${id}] RUN`, status: "failed", seconds: 1, error, tail: [] },
  ];
  const steps = new Map([
    step("a", 'process "x" did not complete successfully: context canceled'),
    step("b", 'process "y" did not complete successfully: exit code: 1'),
  ]);
  const progress = { steps, text: [], contextBytes: 0, line: () => undefined };
  expect(failedBuild("web", progress, { path: "/app/Dockerfile", text: "" }).message).toBe(
    "cannot build web: step [b] RUN failed: exit code: 1",
  );
});
