/** The user's commands around a sync: on this machine as real processes, in containers over a server's exec endpoint. */
import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import type { ContainerHook, Hook } from "../../../src/config/project.ts";
import type { RunningContainer } from "../../../src/dev/sync/containers.ts";
import { type SyncedArtifact, syncHooks } from "../../../src/dev/sync/sync-hooks.ts";
import { Failure } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import { execServer } from "../../rig/exec-server.ts";

const at = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };
const signal = new AbortController().signal;
const host = (script: string, os: readonly string[] = []): Hook =>
  ({ kind: "host", command: ["sh", "-c", script], os, dir: "/tmp", at }) as Hook;
const inside = (script: string): ContainerHook =>
  ({ kind: "container", command: ["sh", "-c", script], at }) as ContainerHook;
const artifact = (before: readonly Hook[], after: readonly Hook[] = []) =>
  ({ image: "web", context: "/ctx", sync: { hooks: { before, after } } }) as unknown as SyncedArtifact;
const container = (pod: string, namespace = "shop"): RunningContainer => ({
  id: `containerd://${pod}`,
  target: { namespace, pod, container: "main" },
  reference: "web:1",
  pod: { uid: pod, controlled: true },
});
const nobody = undefined as unknown as Cluster;
const batch = (...containers: RunningContainer[]) => ({ image: "web", files: ["a", "b"], deleted: ["c"], containers });

function hooksOf(artifacts: readonly SyncedArtifact[], cluster = nobody) {
  const said: string[] = [];
  const emit = (event: Event) => {
    if (event.type === "hook") said.push(`${event.name} ${event.line ?? event.status}`);
  };
  return { said, hooks: syncHooks({ artifacts, cluster, facts: { workDir: "/work", kubeContext: "kind" }, emit }) };
}

test("an artifact has hooks where it names some, on either side", () => {
  const { hooks } = hooksOf([artifact([], [host("true")])]);
  expect([hooks.has("web"), hooks.has("other"), hooksOf([artifact([])]).hooks.has("web")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a command on this machine is told the image, the files, the namespaces and the context", async () => {
  const words = '"$SKAFFOLD_IMAGE $SKAFFOLD_BUILD_CONTEXT $SKAFFOLD_FILES_ADDED_OR_MODIFIED $SKAFFOLD_FILES_DELETED"';
  const { said, hooks } = hooksOf([
    artifact([host(`echo ${words}`), host('echo "$SKAFFOLD_KUBE_CONTEXT $SKAFFOLD_NAMESPACES"')]),
  ]);
  await hooks.before(batch(container("p1", "one"), container("p2", "two"), container("p3", "one")), signal);
  expect(said).toEqual([
    "pre-sync started",
    expect.stringContaining("web:1 /ctx"),
    "pre-sync kind one,two",
    "pre-sync done",
  ]);
  expect(said[1]).toContain("a");
});

test("hooks of another system, and of artifacts without any, say nothing", async () => {
  const { said, hooks } = hooksOf([artifact([host("echo never", ["plan9"])])]);
  await hooks.before(batch(container("p")), signal);
  await hooks.after(batch(container("p")), signal);
  await hooks.after({ ...batch(), image: "unknown" }, signal);
  expect(said).toEqual([]);
});

test("a command in the containers runs in each of them, and its lines are told", async () => {
  await using server = execServer("/tmp");
  const { said, hooks } = hooksOf([artifact([], [inside("echo inside; echo complaint >&2")])], server.cluster);
  await hooks.after(batch(container("p1"), container("p2")), signal);
  expect(server.asked).toHaveLength(2);
  expect(said.toSorted()).toEqual(
    [
      "post-sync started",
      ...["inside", "inside", "complaint", "complaint"].map((line) => `post-sync ${line}`),
      "post-sync done",
    ].toSorted(),
  );
});

test("the first command that fails ends the sync, at its place in the file", async () => {
  await using server = execServer("/tmp");
  const { said, hooks } = hooksOf([artifact([inside("exit 4"), host("echo never")])], server.cluster);
  const failed = await hooks.before(batch(container("p1")), signal).catch((thrown: unknown) => thrown);
  expect(failed).toBeInstanceOf(Failure);
  expect(failed instanceof Failure && failed.diagnostics[0]).toMatchObject({
    at,
    message: "the hook pre-sync failed in the container main of pod p1 with exit code 4",
  });
  expect(said).toEqual(["pre-sync started"]);
});
