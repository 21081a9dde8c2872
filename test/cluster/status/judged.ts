/** Objects as an API server gives them, and what is said of their status, for tests of the judgement. */
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { judge } from "../../../src/cluster/status/judge.ts";
import type { Surroundings } from "../../../src/cluster/status/judgement.ts";

export const since = Date.parse("2030-01-01T00:00:00Z");
export const alone: Surroundings = { pods: [], oldPods: [], events: [], now: since, since };

export function object(
  apiVersion: string,
  kind: string,
  spec: object,
  status: object | undefined,
  metadata: object = {},
): KubeObject {
  const base = { name: "web", namespace: "shop", uid: "web-uid", generation: 2, ...metadata };
  return { apiVersion, kind, metadata: base, spec, ...(status === undefined ? {} : { status }) };
}

export const apps = (kind: string, spec: object, status: object) =>
  object("apps/v1", kind, spec, { observedGeneration: 2, ...status });
export const said = (o: KubeObject, around: Partial<Surroundings> = {}) => {
  const { state, message } = judge(o, { ...alone, ...around });
  return `${state}: ${message}`;
};
export const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 };
export const is = (type: string, status: string, more: object = {}) => ({ type, status, ...more });
