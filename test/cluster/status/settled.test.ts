/** Containers that have only just started: when a roll-out that is done by its controller's word is done. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { judge } from "../../../src/cluster/status/judge.ts";
import type { Surroundings } from "../../../src/cluster/status/judgement.ts";
import { noteRunning } from "../../../src/cluster/status/settled.ts";

const since = Date.parse("2030-01-01T00:00:00Z");
const alone: Surroundings = { pods: [], oldPods: [], events: [], now: since, since };
const at = (ms: number) => new Date(since + ms).toISOString();
const done = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
const web: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "web", generation: 1 },
  spec: { replicas: 1 },
  status: done,
};

function pod(state: object, more: object = {}, probes: object = {}, metadata: object = {}): KubeObject {
  const status = {
    name: "main",
    image: "i",
    containerID: "containerd://1",
    ready: true,
    restartCount: 0,
    state,
    ...more,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", namespace: "shop", uid: "pod", ...metadata },
    spec: { restartPolicy: "Always", containers: [{ name: "main", image: "i", ...probes }] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }], containerStatuses: [status] },
  };
}

const running = (ms: number) => ({ running: { startedAt: at(ms) } });
const ended = (from: number, to: number, exitCode = 1) => ({
  terminated: { exitCode, startedAt: at(from), finishedAt: at(to) },
});
const state = (one: KubeObject, now: number, runningSince?: ReadonlyMap<string, number>) =>
  judge(web, { ...alone, pods: [one], now: since + now, ...(runningSince ? { runningSince } : {}) });

const seen = (ms: number) => new Map([["containerd://1", since + ms]]);

describe("without a probe", () => {
  test("a container that started a moment ago is not believed; the look says when to look again", () => {
    expect(state(pod(running(0)), 500, seen(400))).toEqual({
      state: "progressing",
      message: "container main started a moment ago",
      recheckAt: since + 2_400,
    });
    expect(state(pod(running(0)), 2_399, seen(400)).state).toBe("progressing");
    expect(state(pod(running(0)), 2_400, seen(400)).state).toBe("ready");
  });

  test("one that has run for long costs nothing, whoever saw it first", () => {
    expect(state(pod(running(-60_000)), 0, seen(0)).state).toBe("ready");
    expect(state(pod(running(-60_000)), 0).state).toBe("ready");
  });

  test("a node's clock that is ahead delays nothing for ever", () => {
    expect(state(pod(running(3_600_000)), 1_000, seen(0)).state).toBe("progressing");
    expect(state(pod(running(3_600_000)), 2_000, seen(0)).state).toBe("ready");
  });

  test.each<[string, object, object]>([
    ["has ended", ended(0, 100), {}],
    ["waits to be started again", { waiting: { reason: "CrashLoopBackOff" } }, { lastState: ended(0, 100) }],
  ])("a container that %s is no roll-out that is done, although its controller says so", (_, now, more) => {
    const is = state(pod(now, { ready: false, restartCount: 1, ...more }), 10_000, seen(0));
    expect(is).toMatchObject({ state: "failed", message: "container main crashed with exit code 1" });
  });

  test("a first crash is told, and waited for", () => {
    const is = state(pod(ended(0, 100), { ready: false }), 10_000, seen(0));
    expect(is).toMatchObject({ state: "progressing", message: "container main crashed with exit code 1" });
  });

  test("after a crash it must outlive the crash", () => {
    const again = (from: number, to: number) => pod(running(10_000), { restartCount: 1, lastState: ended(from, to) });
    expect(state(again(0, 5_000), 16_900, seen(10_000)).state).toBe("progressing");
    expect(state(again(0, 5_000), 17_000, seen(10_000)).state).toBe("ready");
    // An hour is not waited for.
    expect(state(again(-3_600_000, 0), 19_999, seen(10_000)).state).toBe("progressing");
    expect(state(again(-3_600_000, 0), 20_000, seen(10_000)).state).toBe("ready");
  });

  test("one of two containers is enough", () => {
    const one = pod(running(0), {}, { readinessProbe: {} });
    const both = {
      ...one,
      spec: { ...one.spec, containers: [...one.spec.containers, { name: "side", image: "i" }] },
      status: {
        ...one.status,
        containerStatuses: [
          ...one.status.containerStatuses,
          { ...one.status.containerStatuses[0], name: "side", containerID: "containerd://2" },
        ],
      },
    };
    expect(state(both, 100).message).toBe("container side started a moment ago");
  });
});

test.each(["readinessProbe", "startupProbe"])("a %s costs no waiting", (probe) => {
  expect(state(pod(running(0), {}, { [probe]: {} }), 0, seen(0)).state).toBe("ready");
});

test.each<[string, KubeObject]>([
  ["is going", pod(ended(0, 1), { ready: false }, {}, { deletionTimestamp: at(0) })],
  [
    "was evicted",
    { ...pod(ended(0, 1)), status: { phase: "Failed", containerStatuses: pod(ended(0, 1)).status.containerStatuses } },
  ],
  ["never started", pod({ waiting: { reason: "ImagePullBackOff" } }, { ready: false })],
])("a pod that %s keeps no roll-out from being done", (_, one) => {
  expect(state(one, 0).state).toBe("ready");
});

test("what runs is noted with the time of the first look alone", () => {
  const noted = new Map<string, number>();
  noteRunning([pod({ waiting: {} })], noted, 1);
  noteRunning([pod(running(0))], noted, 2);
  noteRunning([pod(running(0))], noted, 3);
  expect([...noted]).toEqual([["containerd://1", 2]]);
});
