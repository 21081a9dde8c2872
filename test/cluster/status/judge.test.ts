import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { hasPods, isWaitedFor, judge } from "../../../src/cluster/status/judge.ts";
import { alone, apps, done, is, object, said, since } from "./judged.ts";

describe("controllers", () => {
  test.each<[string, KubeObject, string]>([
    [
      "an old generation, however ready",
      apps("Deployment", { replicas: 2 }, { ...done, observedGeneration: 1 }),
      "progressing: waiting for the deployment's new spec to be observed",
    ],
    ["done", apps("Deployment", { replicas: 2 }, done), "ready: is ready"],
    ["no replicas wanted", apps("Deployment", { replicas: 0 }, {}), "ready: is ready"],
    [
      "half updated",
      apps("Deployment", { replicas: 2 }, { ...done, updatedReplicas: 1 }),
      "progressing: 1 of 2 new replicas have been updated",
    ],
    [
      "old ones left",
      apps("Deployment", { replicas: 2 }, { ...done, replicas: 3 }),
      "progressing: 1 old replicas are pending termination",
    ],
    [
      "not available yet",
      apps("Deployment", { replicas: 2 }, { ...done, availableReplicas: 1 }),
      "progressing: 1 of 2 updated replicas are available",
    ],
    ["nothing reported yet", apps("Deployment", {}, {}), "progressing: 0 of 1 new replicas have been updated"],
    [
      "too late for its own deadline",
      apps(
        "Deployment",
        { replicas: 1, progressDeadlineSeconds: 30 },
        { conditions: [is("Progressing", "False", { reason: "ProgressDeadlineExceeded" })] },
      ),
      "failed: exceeded its progress deadline of 30 s",
    ],
    [
      "paused, with pods of its earlier template",
      apps("Deployment", { replicas: 2, paused: true }, { ...done, updatedReplicas: 0 }),
      "progressing: is paused: no new pods are made until it is resumed",
    ],
    ["paused, and done all the same", apps("Deployment", { replicas: 2, paused: true }, done), "ready: is ready"],
    [
      "a late deadline that it has met after all",
      apps(
        "Deployment",
        { replicas: 2 },
        { ...done, conditions: [is("Progressing", "False", { reason: "ProgressDeadlineExceeded" })] },
      ),
      "ready: is ready",
    ],
    [
      "pods refused",
      apps(
        "Deployment",
        { replicas: 1 },
        { conditions: [is("ReplicaFailure", "True", { message: 'admission webhook "x" denied the request: no' })] },
      ),
      'failed: its pods are refused: admission webhook "x" denied the request: no',
    ],
    [
      "an old generation",
      apps("StatefulSet", { replicas: 2 }, { ...done, observedGeneration: 1 }),
      "progressing: waiting for the stateful set's new spec to be observed",
    ],
    ["not ready", apps("StatefulSet", { replicas: 2 }, { readyReplicas: 1 }), "progressing: 1 of 2 replicas are ready"],
    [
      "another revision",
      apps("StatefulSet", { replicas: 2 }, { ...done, updatedReplicas: 1, currentRevision: "a", updateRevision: "b" }),
      "progressing: 1 of 2 new replicas have been updated",
    ],
    [
      "up to its partition",
      apps(
        "StatefulSet",
        { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        { readyReplicas: 3, updatedReplicas: 1, currentRevision: "a", updateRevision: "b" },
      ),
      "ready: is ready",
    ],
    ["on delete", apps("StatefulSet", { replicas: 2, updateStrategy: { type: "OnDelete" } }, {}), "ready: is ready"],
    [
      "done",
      apps("StatefulSet", { replicas: 2 }, { ...done, currentRevision: "b", updateRevision: "b" }),
      "ready: is ready",
    ],
    [
      "on some nodes",
      apps("DaemonSet", {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 1 }),
      "progressing: 1 of 3 new pods have been updated",
    ],
    [
      "not available",
      apps("DaemonSet", {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 }),
      "progressing: 2 of 3 updated pods are available",
    ],
    ["on no node at all", apps("DaemonSet", {}, {}), "ready: is ready"],
    [
      "one missing",
      apps("ReplicaSet", { replicas: 2 }, { replicas: 2, availableReplicas: 1 }),
      "progressing: 1 of 2 replicas are available",
    ],
    ["complete", object("batch/v1", "Job", {}, { conditions: [is("Complete", "True")] }), "ready: is complete"],
    [
      "running",
      object("batch/v1", "Job", { completions: 2 }, { active: 1, succeeded: 1 }),
      "progressing: 1 of 2 pods have succeeded, 1 running",
    ],
    ["suspended", object("batch/v1", "Job", { suspend: true }, {}), "ready: is suspended"],
    [
      "failed",
      object(
        "batch/v1",
        "Job",
        {},
        { conditions: [is("Failed", "True", { message: "Job has reached the specified backoff limit" })] },
      ),
      "failed: Job has reached the specified backoff limit",
    ],
  ])("%s", (_, o, expected) => {
    expect(`${said(o)}`).toBe(expected);
  });
});

test("a deadline that nobody has set ends no wait that may take longer", () => {
  const late = { conditions: [is("Progressing", "False", { reason: "ProgressDeadlineExceeded" })] };
  const by = (seconds: number, deadlineMs: number) =>
    judge(apps("Deployment", { progressDeadlineSeconds: seconds }, late), { ...alone, deadlineMs }).state;
  expect([by(600, 900_000), by(600, 600_000), by(30, 900_000)]).toEqual(["progressing", "failed", "failed"]);
});

test("a paused Deployment says how it is resumed", () => {
  const { cause } = judge(apps("Deployment", { replicas: 2, paused: true }, {}), alone);
  expect(cause?.suggestion).toBe("resume it with: kubectl -n shop rollout resume deployment/web");
});

describe("kinds by their conditions", () => {
  const custom = (status: object | undefined, kind = "Thing", apiVersion = "example.com/v1") =>
    object(apiVersion, kind, {}, status);
  test.each<[string, KubeObject, string]>([
    [
      "no status, of a kind that may have one",
      custom(undefined),
      "progressing: waiting for its controller to look at it",
    ],
    [
      "an old generation",
      custom({ observedGeneration: 1, conditions: [is("Ready", "True")] }),
      "progressing: waiting for its new spec to be observed",
    ],
    [
      "a condition of an old generation",
      custom({ conditions: [is("Ready", "True", { observedGeneration: 1 })] }),
      "progressing: waiting for its new spec to be observed",
    ],
    ["ready", custom({ observedGeneration: 2, conditions: [is("Ready", "True")] }), "ready: is ready"],
    [
      "not ready",
      custom({ conditions: [is("Ready", "False", { message: "waits for\n its volume" })] }),
      "progressing: waits for its volume",
    ],
    [
      "stalled",
      custom({
        observedGeneration: 2,
        conditions: [is("Ready", "False"), is("Stalled", "True", { reason: "BadSpec" })],
      }),
      "failed: BadSpec",
    ],
    [
      "an attempt that failed before one that succeeded",
      custom({
        observedGeneration: 2,
        conditions: [is("Failed", "True", { reason: "RetryLater" }), is("Ready", "True")],
      }),
      "ready: is ready",
    ],
    [
      "failed, and not ready",
      custom({
        observedGeneration: 2,
        conditions: [is("Ready", "False"), is("Failed", "True", { reason: "BadSpec" })],
      }),
      "failed: BadSpec",
    ],
    [
      "Knative: False is final",
      custom(
        { observedGeneration: 2, conditions: [is("Ready", "False", { message: "no revision" })] },
        "Service",
        "serving.knative.dev/v1",
      ),
      "failed: no revision",
    ],
    [
      "Knative: Unknown is not",
      custom({ conditions: [is("Ready", "Unknown")] }, "Service", "serving.knative.dev/v1"),
      "progressing: is not ready",
    ],
    [
      "a rollout, generation as text",
      custom(
        { observedGeneration: "2", phase: "Progressing", message: "more replicas" },
        "Rollout",
        "argoproj.io/v1alpha1",
      ),
      "progressing: more replicas",
    ],
    [
      "a degraded rollout",
      custom({ observedGeneration: "2", phase: "Degraded" }, "Rollout", "argoproj.io/v1alpha1"),
      "failed: Degraded",
    ],
    [
      "a definition",
      object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, { conditions: [is("Established", "True")] }),
      "ready: is ready",
    ],
    [
      "a definition with a taken name",
      object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        {},
        { conditions: [is("NamesAccepted", "False", { message: "taken" })] },
      ),
      "failed: its names are not accepted: taken",
    ],
    [
      "a claim that its pod will bind",
      object("v1", "PersistentVolumeClaim", {}, { phase: "Pending" }),
      "ready: waits for its first pod",
    ],
  ])("%s", (_, o, expected) => {
    expect(said(o)).toBe(expected);
  });

  const looking = "progressing: waiting for its controller to look at it";
  test.each<[string, KubeObject, boolean | undefined, string]>([
    ["of a kind with a status has none yet", custom(undefined), true, looking],
    ["of a kind that nobody asked about has none yet", custom(undefined), undefined, looking],
    ["has a status that says nothing", custom({}), true, looking],
    ["is ready, perhaps by its earlier spec", custom({ conditions: [is("Ready", "True")] }), true, looking],
    ["has failed, perhaps by its earlier spec", custom({ conditions: [is("Stalled", "True")] }), true, looking],
    [
      "is ready by its only spec",
      object("a.b/v1", "T", {}, { conditions: [is("Ready", "True")] }, { generation: 1 }),
      true,
      "ready: is ready",
    ],
    ["is of a kind without a status", custom(undefined), false, "ready: is ready"],
  ])("an object that %s gets its controller's time to look", (_, o, reportsStatus, expected) => {
    const known = reportsStatus === undefined ? {} : { reportsStatus };
    expect(said(o, known)).toBe(expected);
    if (expected !== looking) return;
    expect(judge(o, { ...alone, ...known }).recheckAt).toBe(since + 5_000);
    expect(said(o, { ...known, now: since + 5_000 })).not.toBe(looking);
  });

  test.each([
    ["v1", "ConfigMap", false],
    ["v1", "Service", false],
    ["networking.k8s.io/v1", "Ingress", false],
    ["batch/v1", "CronJob", false],
    ["batch/v1", "Job", true],
    ["apps/v1", "Deployment", true],
    ["example.com/v1", "Thing", true],
  ])("%s %s is waited for: %p", (apiVersion, kind, expected) => {
    expect(isWaitedFor({ apiVersion, kind })).toBe(expected);
  });
});

const owners = [
  "apps/v1 Deployment",
  "apps/v1 StatefulSet",
  "apps/v1 DaemonSet",
  "apps/v1 ReplicaSet",
  "v1 ReplicationController",
  "batch/v1 Job",
  "v1 Pod",
];
const kindOf = (text: string) => {
  const [apiVersion = "", kind = ""] = text.split(" ");
  return { apiVersion, kind };
};

test.each(owners)("%s is waited for, and its pods with it", (text) => {
  expect(hasPods(kindOf(text))).toBe(true);
  expect(isWaitedFor(kindOf(text))).toBe(true);
});

test.each([
  ["v1 Service", false],
  ["v1 PersistentVolumeClaim", true],
  ["apps/v1 ControllerRevision", false],
  ["batch/v1 CronJob", false],
  ["autoscaling/v2 HorizontalPodAutoscaler", false],
  ["policy/v1 PodDisruptionBudget", false],
  ["networking.k8s.io/v1 Ingress", false],
  ["rbac.authorization.k8s.io/v1 Role", false],
  ["storage.k8s.io/v1 StorageClass", false],
  ["scheduling.k8s.io/v1 PriorityClass", false],
  ["coordination.k8s.io/v1 Lease", false],
  ["discovery.k8s.io/v1 EndpointSlice", false],
  ["node.k8s.io/v1 RuntimeClass", false],
  ["admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration", false],
  ["events.k8s.io/v1 Event", false],
  ["apiextensions.k8s.io/v1 CustomResourceDefinition", true],
  ["example.com/v1 Deployment", true],
])("%s has no pods; it is waited for: %p", (text, expected) => {
  expect(hasPods(kindOf(text))).toBe(false);
  expect(isWaitedFor(kindOf(text))).toBe(expected);
});

test("a Job that nobody has looked at yet has done nothing", () => {
  expect(said(object("batch/v1", "Job", {}, undefined))).toBe("progressing: 0 of 1 pods have succeeded, 0 running");
  expect(said(object("batch/v1", "Job", { completions: 3 }, {}))).toBe(
    "progressing: 0 of 3 pods have succeeded, 0 running",
  );
});

test("a custom resource may have a status of any shape: it is judged by what has a meaning", () => {
  const odd = fc.constantFrom<unknown>(null, 7, "text", true, [], {}, ["x"], [null]);
  const or = (...values: readonly string[]) => fc.oneof(odd, fc.constantFrom(...values));
  const entry = fc.record(
    {
      type: or("Ready", "Failed", "Available", "Stalled", "Reconciling"),
      status: or("True", "False", "Unknown"),
      reason: odd,
      message: odd,
      observedGeneration: odd,
    },
    { requiredKeys: [] },
  );
  const shapes = fc.oneof(
    odd,
    fc.record(
      { conditions: fc.oneof(odd, fc.array(fc.oneof(odd, entry))), observedGeneration: odd, phase: odd, message: odd },
      { requiredKeys: [] },
    ),
  );
  const kinds = fc.constantFrom(
    ["example.com/v1", "Widget"],
    ["serving.knative.dev/v1", "Service"],
    ["argoproj.io/v1alpha1", "Rollout"],
  );
  fc.assert(
    fc.property(kinds, shapes, ([apiVersion = "", kind = ""], status) => {
      said(object(apiVersion, kind, {}, status as object));
    }),
    { numRuns: 2000 },
  );
  const conditions = [null, "x", { type: 7 }, is("Ready", "True", { message: { a: 1 } })];
  const late = { now: since + 60_000 };
  expect(said(object("example.com/v1", "Widget", {}, { conditions }), late)).toBe("ready: is ready");
  const broken = [null, is("Stalled", "True", { message: ["x"], reason: "NoDisk" })];
  expect(said(object("example.com/v1", "Widget", {}, { conditions: broken }), late)).toBe("failed: NoDisk");
});
