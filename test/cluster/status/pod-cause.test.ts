import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { familyOf } from "../../../src/cluster/status/family.ts";
import { judge } from "../../../src/cluster/status/judge.ts";
import { alone, apps, done, is, object, said, since } from "./judged.ts";

function pod(status: object, spec: object = {}, metadata: object = {}): KubeObject {
  const containers = [{ name: "main", image: "shop/web:1" }];
  return object(
    "v1",
    "Pod",
    { restartPolicy: "Always", containers, ...spec },
    { phase: "Running", ...status },
    { name: "web-1", uid: "pod-uid", ...metadata },
  );
}

function container(state: object, more: object = {}) {
  return { containerStatuses: [{ name: "main", image: "shop/web:1", ready: false, restartCount: 0, state, ...more }] };
}

function event(reason: string, message: string, uid = "pod-uid"): KubeObject {
  const metadata = { name: `${reason}-event`, namespace: "shop" };
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata,
    involvedObject: { uid },
    reason,
    message,
    lastTimestamp: "2030-01-01T00:00:00Z",
  };
}

const open = apps("Deployment", { replicas: 1 }, { replicas: 1, updatedReplicas: 1, availableReplicas: 0 });

describe("root causes in pods", () => {
  const waiting = (reason: string, message = "") => container({ waiting: { reason, message } });
  const ended = (exitCode: number, reason = "Error", message = "") => ({ terminated: { exitCode, reason, message } });
  test.each<[string, KubeObject, string, string | undefined]>([
    ["starting", pod(waiting("ContainerCreating")), "progressing: 0 of 1 updated replicas are available", undefined],
    [
      "a pull that may be a hiccup",
      pod(waiting("ErrImagePull", "rpc error: code = Unknown desc = i/o timeout")),
      "progressing: container main cannot pull the image shop/web:1: i/o timeout",
      "image",
    ],
    [
      "a pull that is refused for good",
      pod(waiting("ErrImagePull", "rpc error: code = NotFound desc = shop/web:1: not found")),
      "failed: container main cannot pull the image shop/web:1: shop/web:1: not found",
      "image",
    ],
    [
      "a pull that backs off",
      pod(
        waiting(
          "ImagePullBackOff",
          'Back-off pulling image "shop/web:1": ErrImagePull: rpc error: code = Unknown desc = i/o timeout',
        ),
      ),
      "failed: container main cannot pull the image shop/web:1: i/o timeout",
      "image",
    ],
    [
      "a pull of what was loaded into the node, by its pull policy",
      pod(waiting("ErrImagePull", "rpc error: code = NotFound desc = not found"), {
        containers: [{ name: "main", image: `shop/web:${"a".repeat(64)}`, imagePullPolicy: "Always" }],
      }),
      `failed: container main cannot pull the image shop/web:${"a".repeat(64)}: not found`,
      "image",
    ],
    [
      "a missing Secret",
      pod(waiting("CreateContainerConfigError", 'secret "s" not found')),
      'failed: container main cannot start: secret "s" not found',
      "config",
    ],
    [
      "a ConfigMap that the kubelet has not seen yet",
      pod(waiting("CreateContainerConfigError", "failed to sync configmap cache: timed out waiting for the condition")),
      "progressing: container main cannot start: failed to sync configmap cache: timed out waiting for the condition",
      "config",
    ],
    ["a first crash", pod(container(ended(1))), "progressing: container main crashed with exit code 1", "crash"],
    [
      "a crash loop",
      pod(container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 2, lastState: ended(1) })),
      "failed: container main crashed with exit code 1",
      "crash",
    ],
    [
      "out of memory",
      pod(
        container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 2, lastState: ended(137, "OOMKilled") }),
      ),
      "failed: container main was killed because it ran out of memory",
      "out-of-memory",
    ],
    [
      "a program that ends",
      pod(
        container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 2, lastState: ended(0, "Completed") }),
      ),
      "failed: container main ended with exit code 0, and is expected to keep running",
      "crash",
    ],
    [
      "another architecture",
      pod(
        container(
          { waiting: { reason: "CrashLoopBackOff" } },
          { restartCount: 2, lastState: ended(128, "StartError", "exec /app: exec format error") },
        ),
      ),
      "failed: container main cannot start: exec format error",
      "architecture",
    ],
    [
      "up again after a crash",
      pod(container({ running: {} }, { restartCount: 1, lastState: ended(2) })),
      "progressing: container main crashed with exit code 2",
      "crash",
    ],
    [
      "being deleted",
      pod(waiting("ImagePullBackOff"), {}, { deletionTimestamp: "2030-01-01T00:00:00Z" }),
      "progressing: 0 of 1 updated replicas are available",
      undefined,
    ],
    [
      "evicted",
      pod({ phase: "Failed", reason: "Evicted", message: "disk pressure" }),
      "failed: pod web-1 Evicted: disk pressure",
      "evicted",
    ],
    [
      "an init container that is done",
      pod({
        initContainerStatuses: [
          { name: "main", image: "i", ready: true, restartCount: 0, state: ended(0, "Completed") },
        ],
        ...waiting("PodInitializing"),
      }),
      "progressing: 0 of 1 updated replicas are available",
      undefined,
    ],
    [
      "an init container that crashes",
      pod({
        initContainerStatuses: [
          {
            name: "main",
            image: "i",
            ready: false,
            restartCount: 3,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: ended(9),
          },
        ],
      }),
      "failed: container main crashed with exit code 9",
      "crash",
    ],
  ])("%s", (_, one, expected, kind) => {
    expect(said(open, { pods: [one] })).toBe(expected);
    expect(judge(open, { ...alone, pods: [one] }).cause?.kind).toBe(kind as never);
  });

  test.each([
    ["shop/web:1", "Always", /^check the image's name.*; imagePullPolicy: Always makes/],
    ["shop/web:1", "IfNotPresent", /^check the image's name and tag, and that the cluster can reach and read it$/],
    [
      `shop/web:${"a".repeat(64)}`,
      "Always",
      /^imagePullPolicy: Always makes the node ask.*: remove it, or say IfNotPresent$/,
    ],
  ])("the advice for a pull of %s with the policy %s", (image, imagePullPolicy, advice) => {
    const one = pod(waiting("ImagePullBackOff"), { containers: [{ name: "main", image, imagePullPolicy }] });
    expect(judge(open, { ...alone, pods: [one] }).cause?.suggestion).toMatch(advice);
  });

  const scheduled = is("PodScheduled", "False", {
    reason: "Unschedulable",
    message: "0/1 nodes are available",
    lastTransitionTime: "2029-12-31T23:00:00Z",
  });
  const homeless = pod({ phase: "Pending", conditions: [scheduled] });

  test("a pod without a node is waited for a little, then fails; not while an autoscaler works", () => {
    const at = (ms: number, events: KubeObject[] = []) =>
      judge(open, { ...alone, pods: [homeless], events, now: since + ms });
    expect(at(0)).toMatchObject({ state: "progressing", recheckAt: since + 15_000 });
    expect(at(15_000)).toMatchObject({
      state: "failed",
      message: "pod web-1 cannot be scheduled: 0/1 nodes are available",
    });
    expect(at(60_000, [event("TriggeredScaleUp", "pod triggered scale-up")]).state).toBe("progressing");
  });

  test("a volume that cannot be mounted, and probes", () => {
    const pending = pod({ phase: "Pending", ...waiting("ContainerCreating") });
    const mount = event("FailedMount", 'MountVolume.SetUp failed: configmap "c" not found');
    expect(said(open, { pods: [pending], events: [mount] })).toStartWith(
      "progressing: pod web-1 cannot be set up: MountVolume",
    );
    expect(said(open, { pods: [pending], events: [mount], now: since + 20_000 })).toStartWith(
      "failed: pod web-1 cannot be set up",
    );
    const running = pod(container({ running: { startedAt: "2030-01-01T00:00:00Z" } }));
    const unready = [event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500")];
    expect(said(open, { pods: [running], events: unready })).toBe(
      "progressing: container main is not ready: readiness probe failed: HTTP probe failed with statuscode: 500",
    );
    // How long a probe may fail is what the deadline of the wait says.
    expect(said(open, { pods: [running], events: unready, now: since + 3_600_000 })).toStartWith(
      "progressing: container main is not ready",
    );
  });

  describe("a liveness probe that kills", () => {
    const failing = event("Unhealthy", "Liveness probe failed: x");
    const killing = (count: number, container = "main") => ({
      ...event("Killing", `Container ${container} failed liveness probe, will be restarted`),
      involvedObject: { uid: "pod-uid", fieldPath: `spec.containers{${container}}` },
      count,
    });
    const down = (restartCount: number) =>
      container({ waiting: { reason: "CrashLoopBackOff" } }, { restartCount, lastState: ended(137) });
    const up = (restartCount: number) => container({ running: {} }, { restartCount, lastState: ended(137) });
    const probe = "container main is restarted: liveness probe failed: x";
    test.each<[string, KubeObject, KubeObject[], string]>([
      ["once", pod(up(1)), [killing(1), failing], `progressing: ${probe}`],
      [
        "once, and the container is still down",
        pod(container(ended(137))),
        [killing(1), failing],
        `progressing: ${probe}`,
      ],
      ["twice", pod(up(2)), [killing(2), failing], `failed: ${probe}`],
      [
        "twice, and the kubelet waits before it starts it again",
        pod(down(1)),
        [killing(2), failing],
        `failed: ${probe}`,
      ],
      ["twice, told by two events", pod(up(2)), [killing(1), killing(1), failing], `failed: ${probe}`],
      [
        "another container",
        pod(up(2)),
        [killing(2, "other"), failing],
        "progressing: container main crashed with exit code 137",
      ],
      [
        "in an earlier life: no restart is of this container",
        pod(container({ running: {} })),
        [killing(5), failing],
        "progressing: container main is not ready: liveness probe failed: x",
      ],
      [
        "with a probe that failed and never killed",
        pod(up(1)),
        [failing],
        "progressing: container main crashed with exit code 137",
      ],
    ])("%s", (_, one, events, expected) => {
      expect(said(open, { pods: [one], events, now: since + 100_000 })).toBe(expected);
    });
  });

  test("a roll-out that is done does not look at pods; events about others do not count", () => {
    const broken = pod(waiting("ImagePullBackOff"));
    expect(said(apps("Deployment", { replicas: 2 }, done), { pods: [broken] })).toBe("ready: is ready");
    const others = [event("FailedMount", "x", "other")];
    expect(said(open, { pods: [pod({ phase: "Pending" })], events: others })).toBe(
      "progressing: 0 of 1 updated replicas are available",
    );
  });

  test("a broken pod of the old revision blocks an ordered stateful set, and the way out is named", () => {
    const set = apps("StatefulSet", { replicas: 1 }, { readyReplicas: 0, currentRevision: "a", updateRevision: "b" });
    const around = { oldPods: [pod(waiting("ImagePullBackOff", "not found"))] };
    expect(judge(set, { ...alone, ...around }).state).toBe("progressing");
    const late = judge(set, { ...alone, ...around, now: since + 15_000 });
    expect(late.state).toBe("failed");
    expect(late.cause?.suggestion).toEndWith("kubectl -n shop delete pod web-1");
    const parallel = apps("StatefulSet", { replicas: 1, podManagementPolicy: "Parallel" }, { readyReplicas: 0 });
    expect(judge(parallel, { ...alone, ...around, now: since + 15_000 }).state).toBe("progressing");
  });
});

describe("whose pods count", () => {
  const owned = (kind: string, name: string, owner: string, more: object = {}) =>
    object(
      kind === "Pod" ? "v1" : "apps/v1",
      kind,
      {},
      {},
      { name, uid: `${name}-uid`, ownerReferences: [{ uid: owner, kind: "X", name: "x" }], ...more },
    );
  const revision = (n: string) => ({ annotations: { "deployment.kubernetes.io/revision": n } });

  test("of a Deployment, those of the replica set of its revision", () => {
    const web = object("apps/v1", "Deployment", {}, {}, revision("2"));
    const replicaSets = [
      owned("ReplicaSet", "old", "web-uid", revision("1")),
      owned("ReplicaSet", "new", "web-uid", revision("2")),
      owned("ReplicaSet", "foreign", "other"),
    ];
    const pods = [owned("Pod", "a", "old-uid"), owned("Pod", "b", "new-uid"), owned("Pod", "c", "foreign-uid")];
    const events = [event("X", "of b", "b-uid"), event("X", "of the set", "new-uid"), event("X", "of a", "a-uid")];
    const family = familyOf(web, { pods, replicaSets, events });
    expect(family.pods.map((p) => p.metadata.name)).toEqual(["b"]);
    expect(family.events.map((e) => e.message)).toEqual(["of b", "of the set"]);
  });

  test("of a StatefulSet, those of the new revision; the others are old", () => {
    const set = object("apps/v1", "StatefulSet", {}, { updateRevision: "b" });
    const label = (value: string) => ({ labels: { "controller-revision-hash": value } });
    const pods = [owned("Pod", "a", "web-uid", label("a")), owned("Pod", "b", "web-uid", label("b"))];
    const family = familyOf(set, { pods, replicaSets: [], events: [] });
    expect([family.pods, family.oldPods].map((list) => list.map((p) => p.metadata.name))).toEqual([["b"], ["a"]]);
  });
});
