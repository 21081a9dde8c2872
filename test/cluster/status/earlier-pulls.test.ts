import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { EarlierPulls } from "../../../src/cluster/status/earlier-pulls.ts";
import { judge } from "../../../src/cluster/status/judge.ts";

const since = Date.parse("2030-01-01T00:00:00Z");
const image = "shop/web:1";

function pod(reason: string | undefined): KubeObject {
  const state = reason === undefined ? { running: {} } : { waiting: { reason, message: "not found" } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", uid: "pod" },
    spec: { restartPolicy: "Always", containers: [{ name: "main", image }] },
    status: { phase: "Pending", containerStatuses: [{ name: "main", image, ready: false, restartCount: 0, state }] },
  };
}

function failed(count: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e" },
    involvedObject: { uid: "pod" },
    reason: "Failed",
    message: `Failed to pull image "${image}": not found`,
    count,
    lastTimestamp: "2029-12-31T23:00:00Z",
  };
}

/** What is said of the pod at each look of one wait. */
function looks(
  delivered: readonly string[],
  ...seen: readonly (readonly [string | undefined, readonly KubeObject[]])[]
) {
  const earlierPulls = new EarlierPulls();
  return seen.map(([reason, events]) => {
    const one = pod(reason);
    earlierPulls.note("pod", [one], events, delivered);
    const { state, message } = judge(one, { pods: [one], oldPods: [], events, now: since, since, earlierPulls });
    return `${state}: ${message}`;
  });
}

const waits = `progressing: container main waits for the kubelet to try again: the image ${image} was not there before`;
const fails = `failed: container main cannot pull the image ${image}: not found`;

describe("a failure to pull that is there when the wait begins", () => {
  test("says nothing about an image that was delivered since", () => {
    expect(looks([image], ["ImagePullBackOff", [failed(3)]], ["ImagePullBackOff", [failed(3)]])).toEqual([
      waits,
      waits,
    ]);
  });

  const back = "ImagePullBackOff";
  test.each<[string, readonly (readonly [string, readonly KubeObject[]])[]]>([
    ["told by events", [3, 4, 4, 5].map((count) => [back, [failed(count)]] as const)],
    ["shown by its own reason", [back, "ErrImagePull", back, "ErrImagePull"].map((reason) => [reason, []] as const)],
  ])("counts once an attempt that began meanwhile has ended, %s", (_, seen) => {
    expect(looks([image], ...seen)).toEqual([waits, waits, waits, fails]);
  });

  test("of an image that was not delivered counts at once", () => {
    expect(looks(["other:1"], ["ImagePullBackOff", [failed(3)]])).toEqual([fails]);
  });
});

test("a failure that comes during the wait counts at once", () => {
  expect(looks([image], ["ContainerCreating", []], ["ErrImagePull", []]).at(-1)).toBe(fails);
});
