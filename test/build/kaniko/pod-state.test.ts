/** What a build's pod says by its state: go on, wait, or fail and why; and what a failed executor is told to have failed of. */
import { describe, expect, test } from "bun:test";
import { failedBuild } from "../../../src/build/kaniko/failed-build.ts";
import { executorEnded, takesContext, waitingFor } from "../../../src/build/kaniko/pod-state.ts";
import type { KubeObject } from "../../../src/cluster/cluster.ts";

function pod(init: object | undefined, executor: object | undefined, status: object = {}): KubeObject {
  const of = (name: string, state: object | undefined) =>
    state === undefined ? [] : [{ name, image: `${name}:1`, ready: false, restartCount: 0, state }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kaniko-1", namespace: "builds", uid: "1" },
    spec: {
      initContainers: [{ name: "kaniko-init-container", image: "init:1" }],
      containers: [{ name: "kaniko", image: "executor:1" }],
    },
    status: {
      initContainerStatuses: of("kaniko-init-container", init),
      containerStatuses: of("kaniko", executor),
      ...status,
    },
  };
}

const waiting = (reason: string, message = "") => ({ waiting: { reason, message } });

describe("the context", () => {
  test("is taken once the first container runs", () => {
    expect(takesContext(pod(undefined, undefined), "web")).toBeUndefined();
    expect(takesContext(pod(waiting("PodInitializing"), undefined), "web")).toBeUndefined();
    expect(takesContext(pod({ running: {} }, waiting("PodInitializing")), "web")).toBe(true);
  });

  test.each<[string, KubeObject | undefined, string]>([
    ["a pod that is gone", undefined, "its pod was deleted while it ran"],
    [
      "an image that is not there",
      pod(waiting("ErrImagePull", 'pull access denied for "init:1"'), undefined),
      "cannot pull the image init:1",
    ],
    ["an init container that failed", pod({ terminated: { exitCode: 1 } }, undefined), "crashed with exit code 1"],
    [
      "a secret that is not there",
      pod(waiting("CreateContainerConfigError", 'secret "s" not found'), undefined),
      'secret "s" not found',
    ],
    [
      "an evicted pod",
      pod(undefined, undefined, { phase: "Failed", reason: "Evicted", message: "low on disk" }),
      "low on disk",
    ],
  ])("%s is a failure", (_what, given, words) => {
    expect(() => takesContext(given, "web")).toThrow(words);
    expect(() => takesContext(given, "web")).toThrow("cannot build web");
  });

  test("a pod that no node takes yet is waited for, and says why", () => {
    const conditions = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }];
    const unscheduled = pod(undefined, undefined, { phase: "Pending", conditions });
    expect(takesContext(unscheduled, "web")).toBeUndefined();
    expect(waitingFor(unscheduled)).toBe("0/1 nodes are available");
    expect(waitingFor(pod({ running: {} }, undefined))).toBeUndefined();
  });
});

test("the executor's end is told with its last words, whatever its exit code", () => {
  const done = { terminated: { exitCode: 0 } };
  expect(executorEnded(pod(done, { running: {} }), "web")).toBeUndefined();
  expect(executorEnded(pod(done, { terminated: { exitCode: 0, message: "sha256:1" } }), "web")).toEqual({
    code: 0,
    message: "sha256:1",
    reason: "",
  });
  const failed = pod(done, { terminated: { exitCode: 1, reason: "Error" } }, { phase: "Failed" });
  expect(executorEnded(failed, "web")).toEqual({ code: 1, message: "", reason: "Error" });
});

const at = { file: "skaffold.yaml", line: 5, column: 1, length: 1, text: "x" };

test.each([
  ["Error", ["error building image: error building stage: failed to execute command: exit status 3"], "exit status 3"],
  ["Error", ["\u001b[36mINFO\u001b[0m[0000] RUN x", "Error: unknown flag: --x"], "Error: unknown flag: --x"],
  ["Error", ["no reason"], "the executor ended with exit code 1"],
  ["OOMKilled", ["compiling"], "it ran out of memory"],
])("a failed executor (%s) with %j", (reason, tail, words) => {
  const [diagnostic] = failedBuild("web", { code: 1, message: "", reason }, tail, at).diagnostics;
  expect(diagnostic?.message).toContain("cannot build web: ");
  expect(diagnostic?.message).toContain(words);
  expect(diagnostic?.details?.join()).not.toContain("\u001b");
  expect(diagnostic?.at).toEqual(at);
});
