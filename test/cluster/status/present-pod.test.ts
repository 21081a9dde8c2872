/** Pods whose images are changed in place: whose container is looked at. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { judge } from "../../../src/cluster/status/judge.ts";
import { presentPod } from "../../../src/cluster/status/present-pod.ts";

const since = Date.parse("2030-01-01T00:00:00Z");
const long = { running: { startedAt: "2029-12-31T00:00:00Z" } };
const ended = (exitCode: number) => ({ terminated: { exitCode } });

function pod(image: string, status: object, ready = true, uid = "pod"): KubeObject {
  const containers = [{ name: "main", image }];
  const main = {
    name: "main",
    image: "shop/web:1",
    containerID: "old",
    ready,
    restartCount: 0,
    state: long,
    ...status,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid },
    spec: { restartPolicy: "Always", containers },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [main],
    },
  };
}

const said = (is: KubeObject, was?: KubeObject, events: KubeObject[] = []) => {
  const around = { pods: [is], oldPods: [], events, now: since, since, was };
  const { state, message } = judge(is, around);
  return `${state}: ${message}`;
};
const was = pod("shop/web:1", { restartCount: 3, lastState: ended(9) });
const old = "container main still has the image that it had before";

describe("an image that was changed in place", () => {
  test.each<[string, KubeObject, string]>([
    ["the old container runs on", pod("shop/web:2", { restartCount: 3 }), `progressing: ${old}`],
    [
      "the old container is ended",
      pod("shop/web:2", { restartCount: 3, state: ended(137) }, false),
      `progressing: ${old}`,
    ],
    [
      "the new image cannot be had",
      pod(
        "shop/web:2",
        {
          restartCount: 3,
          state: { waiting: { reason: "ImagePullBackOff", message: "not found" } },
          lastState: ended(137),
        },
        false,
      ),
      "failed: container main cannot pull the image shop/web:2: not found",
    ],
    [
      "the new container runs",
      pod("shop/web:2", { containerID: "new", restartCount: 4, lastState: ended(137) }),
      "ready: is ready",
    ],
    [
      "the new container runs and is not ready yet: the end of the old one is no crash of it",
      pod("shop/web:2", { containerID: "new", restartCount: 4, lastState: ended(137) }, false),
      "progressing: is not ready",
    ],
    [
      "the new container has crashed once",
      pod("shop/web:2", { containerID: "new", restartCount: 4, state: ended(1), lastState: ended(137) }, false),
      "progressing: container main crashed with exit code 1",
    ],
    [
      "the new container has crashed once, and the kubelet waits before it starts it again",
      pod(
        "shop/web:2",
        {
          containerID: "new",
          restartCount: 4,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: ended(1),
        },
        false,
      ),
      "failed: container main crashed with exit code 1",
    ],
    [
      "the new container has crashed twice",
      pod("shop/web:2", { containerID: "new", restartCount: 5, state: ended(1), lastState: ended(1) }, false),
      "failed: container main crashed with exit code 1",
    ],
  ])("%s", (_, is, expected) => {
    expect(said(is, was)).toBe(expected);
  });

  test("kills of the old container by its probe do not count for the new one", () => {
    const killing: KubeObject = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e" },
      involvedObject: { uid: "pod", fieldPath: "spec.containers{main}" },
      reason: "Killing",
      message: "Container main failed liveness probe, will be restarted",
      count: 3,
    };
    const is = pod("shop/web:2", { containerID: "new", restartCount: 5, lastState: ended(137) }, false);
    expect(said(is, was, [killing])).toStartWith("progressing: container main is restarted");
  });
});

describe("without knowing how it was", () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  test.each<[string, KubeObject, string]>([
    [
      "another image's id runs",
      pod(`shop/web:${b}`, { image: `shop/web:${a}`, imageID: `sha256:${a}` }),
      `progressing: ${old}`,
    ],
    [
      "the image's id runs",
      pod(`shop/web:${b}`, { image: `docker.io/shop/web:${b}`, imageID: `sha256:${b}` }),
      "ready: is ready",
    ],
    [
      "an id that is not the runtime's says nothing",
      pod(`shop/web:${b}`, { image: `shop/web:${a}`, imageID: `sha256:${"c".repeat(64)}` }),
      "ready: is ready",
    ],
    ["another name may be the same image", pod("shop/web:2", { image: "shop/web:1" }), "ready: is ready"],
  ])("%s", (_, is, expected) => {
    expect(said(is)).toBe(expected);
  });
});

test("a Pod that was made anew, or whose images are the same, is taken as it is", () => {
  const anew = pod("shop/web:2", {}, true, "other");
  expect(presentPod(anew, was)).toEqual({ pod: anew, replaced: [] });
  const same = pod("shop/web:1", { restartCount: 4, lastState: ended(9) });
  expect(presentPod(same, was).pod).toBe(same);
});
