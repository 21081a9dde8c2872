/** What a run of hooks tells, and what it gives back: real processes, no cluster. */
import { expect, test } from "bun:test";
import { type HookFacts, type HostHook, runHostHook, runHostHooks } from "../../../src/deploy/hooks/host-hook.ts";
import type { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";

const at = { file: "skaffold.yaml", line: 3, column: 5, length: 4, text: "    - command: [x]" };
const hook = (script: string, os: readonly string[] = []): HostHook => ({
  command: ["sh", "-c", script],
  os,
  dir: "/tmp",
  at,
});

/** `started`, `done`, or the line of each event. */
function teller(facts: HookFacts = {}) {
  const said: string[] = [];
  const emit = (event: Event) => {
    if (event.type === "hook") said.push(`${event.name} ${event.line ?? event.status}`);
  };
  return { said, how: { name: "pre-deploy", facts, emit } };
}
const signal = () => new AbortController().signal;

test("hooks of one name begin and end together, each line between them", async () => {
  const { said, how } = teller();
  await runHostHooks([hook("echo one; echo two >&2"), hook("echo three")], how, signal());
  expect(said.toSorted()).toEqual(
    ["pre-deploy started", "pre-deploy one", "pre-deploy two", "pre-deploy three", "pre-deploy done"].toSorted(),
  );
  expect([said[0], said.at(-2), said.at(-1)]).toEqual(["pre-deploy started", "pre-deploy three", "pre-deploy done"]);
});

test("nothing is told where no hook is for this system", async () => {
  const { said, how } = teller();
  await runHostHooks([hook("echo never", ["plan9"])], how, signal());
  await runHostHooks([], how, signal());
  expect(said).toEqual([]);
});

test("the first that fails ends the rest, and they are not told to be complete", async () => {
  const { said, how } = teller();
  const failed = runHostHooks([hook("exit 3"), hook("echo never")], how, signal());
  await expect(failed).rejects.toThrow("the hook pre-deploy failed: sh failed with exit code 3");
  await failed.catch((thrown) => expect((thrown as Failure).diagnostics[0]).toMatchObject({ at }));
  expect(said).toEqual(["pre-deploy started"]);
});

test("an output that is a result is given back and not told, complaints are", async () => {
  const { said, how } = teller();
  const script = "cat; echo shown >&2";
  expect(await runHostHook(hook(script), { ...how, stdin: "a: b\n", keepsOutput: true }, signal())).toBe("a: b\n");
  expect(said).toEqual(["pre-deploy shown"]);
  await runHostHook(hook(script), { ...how, stdin: "a: b\n" }, signal());
  expect(said.slice(1).toSorted()).toEqual(["pre-deploy a: b", "pre-deploy shown"]);
});

test("a cancelled hook ends with the signal's reason and runs none after it", async () => {
  const { said, how } = teller();
  const controller = new AbortController();
  const reason = new DOMException("interrupted", "AbortError");
  const emit = (event: Event) => {
    how.emit(event);
    if (event.type === "hook" && event.line === "begun") controller.abort(reason);
  };
  const run = runHostHooks(
    [hook("echo begun; exec sleep 600"), hook("echo never")],
    { ...how, emit },
    controller.signal,
  );
  await expect(run).rejects.toBe(reason);
  expect(said).toEqual(["pre-deploy started", "pre-deploy begun"]);
});

test("facts are variables of the reference tool's names; the user's own environment wins", async () => {
  const facts: HookFacts = {
    defaultRepo: "r.io",
    workDir: "/w",
    runId: "1",
    kubeContext: "kind",
    namespaces: ["a", "b"],
    build: { reference: "r.io/team/web:v1", push: true, context: "/w/web" },
  };
  const { said, how } = teller(facts);
  const names = ["DEFAULT_REPO", "WORK_DIR", "RUN_ID", "KUBE_CONTEXT", "NAMESPACES", "IMAGE", "PUSH_IMAGE"];
  const more = ["IMAGE_REPO", "IMAGE_TAG", "BUILD_CONTEXT"];
  await runHostHook(hook([...names, ...more].map((name) => `echo $SKAFFOLD_${name}`).join(";")), how, signal());
  expect(said.map((line) => line.replace("pre-deploy ", ""))).toEqual([
    ...["r.io", "/w", "1", "kind", "a,b", "r.io/team/web:v1", "true"],
    ...["r.io/team", "v1", "/w/web"],
  ]);
  process.env.SKAFFOLD_RUN_ID = "theirs";
  try {
    await runHostHook(hook("echo $SKAFFOLD_RUN_ID"), how, signal());
  } finally {
    delete process.env.SKAFFOLD_RUN_ID;
  }
  expect(said.at(-1)).toBe("pre-deploy theirs");
});

test("around a sync the files are told, parted by semicolons", async () => {
  const sync = { reference: "web:1", context: "/w", files: ["a", "b/c"], deleted: ["d"] };
  const { said, how } = teller({ sync });
  const script =
    "echo $SKAFFOLD_FILES_ADDED_OR_MODIFIED $SKAFFOLD_FILES_DELETED $SKAFFOLD_IMAGE $SKAFFOLD_BUILD_CONTEXT";
  await runHostHook(hook(script), how, signal());
  expect(said).toEqual(["pre-deploy a;b/c d web:1 /w"]);
});
