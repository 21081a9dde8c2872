/** The user's commands around a build: their order, what they are told, and what a failing one does to the build. */
import { expect, test } from "bun:test";
import type { Artifact } from "../../../src/config/project.ts";
import type { HostHook } from "../../../src/deploy/hooks/host-hook.ts";
import type { Event } from "../../../src/event/event.ts";
import { aroundBuild } from "../../../src/phase/image/build-hooks.ts";

const at = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };
const hook = (script: string): HostHook => ({ command: ["sh", "-c", script], os: [], dir: "/", at });
const artifact = (before: HostHook[], after: HostHook[]) =>
  ({ image: "web", context: "/context", hooks: { before, after } }) as unknown as Artifact;
const never = new AbortController().signal;

function around() {
  const said: string[] = [];
  const asked: string[] = [];
  const run = aroundBuild({
    workDir: "/work",
    pushes: async () => {
      asked.push("push");
      return true;
    },
    emit: (event: Event) => {
      if (event.type === "hook")
        said.push(event.status === "output" ? `${event.line}` : `${event.name} ${event.status}`);
    },
  });
  const build = async () => {
    said.push("build");
    return "id";
  };
  return { said, asked, run, build };
}

test("hooks run before and after the build, told of its image, its context and whether it is pushed", async () => {
  const { said, run, build } = around();
  const hooks = artifact(
    [hook('echo "$SKAFFOLD_IMAGE $SKAFFOLD_PUSH_IMAGE $SKAFFOLD_BUILD_CONTEXT"')],
    [hook("echo after")],
  );
  expect(await run(hooks, "web:v1", build, never)).toBe("id");
  expect(said).toEqual([
    "pre-build started",
    "web:v1 true /context",
    "pre-build done",
    "build",
    "post-build started",
    "after",
    "post-build done",
  ]);
});

test("without hooks nothing is asked and nothing is said", async () => {
  const { said, asked, run, build } = around();
  await run(artifact([], []), "web:v1", build, never);
  expect([said, asked]).toEqual([["build"], []]);
});

test("a hook that fails before the build leaves nothing built; one that fails behind it fails the build", async () => {
  const { said, run, build } = around();
  const failed = (hooks: Artifact) => run(hooks, "web:v1", build, never).catch((thrown: Error) => thrown.message);
  expect(await failed(artifact([hook("exit 3")], []))).toContain("pre-build");
  expect(said).not.toContain("build");
  expect(await failed(artifact([], [hook("exit 3")]))).toContain("post-build");
  expect(said).toContain("build");
});
