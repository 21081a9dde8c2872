import { expect, test } from "bun:test";
import type { Cluster } from "../../../src/cluster/cluster.ts";
import { connect } from "../../../src/cluster/connect/connect.ts";
import { clusterId, clusterNodes } from "../../../src/cluster/connect/identity.ts";
import { requestJson } from "../../../src/cluster/connect/request.ts";
import { builtinKind } from "../../../src/cluster/objects/builtin-kinds.ts";
import { kindOf, pathOf } from "../../../src/cluster/objects/resources.ts";
import { context, kubeconfig } from "../../rig/cluster.ts";
import { kubectl } from "../../rig/kubectl.ts";

const signal = new AbortController().signal;
const cluster = await connect({ kubeconfig, context, env: {} });
const versions = [
  "v1",
  "apps/v1",
  "batch/v1",
  "autoscaling/v2",
  "networking.k8s.io/v1",
  "policy/v1",
  "rbac.authorization.k8s.io/v1",
  "scheduling.k8s.io/v1",
  "storage.k8s.io/v1",
  "coordination.k8s.io/v1",
  "discovery.k8s.io/v1",
  "events.k8s.io/v1",
  "apiextensions.k8s.io/v1",
  "apiregistration.k8s.io/v1",
  "admissionregistration.k8s.io/v1",
  "node.k8s.io/v1",
];

interface Served {
  readonly resources: readonly { name: string; kind: string; namespaced: boolean }[];
}

test.each(versions)("the built-in kinds of %s are what the server serves", async (apiVersion) => {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = await requestJson<Served>(cluster, path, { signal }, "x");
  const known = resources.filter((r) => !r.name.includes("/") && builtinKind(apiVersion, r.kind));
  expect(known.length).toBeGreaterThan(0);
  for (const { kind, name, namespaced } of known)
    expect([kind, builtinKind(apiVersion, kind)]).toEqual([kind, { plural: name, namespaced }]);
});

test("a kind that is not built in is discovered once", async () => {
  let asked = 0;
  const counting: Cluster = {
    ...cluster,
    fetch: (path, options) => {
      asked++;
      return cluster.fetch(path, options);
    },
  };
  const kinds = await Promise.all(
    [1, 2, 3].map(() => kindOf(counting, "flowcontrol.apiserver.k8s.io/v1", "FlowSchema", signal)),
  );
  expect(kinds[0]).toMatchObject({ plural: "flowschemas", namespaced: false });
  expect(asked).toBe(1);
  expect(pathOf(kinds[0] as never, "ignored", "x")).toBe("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/x");
});

test("the cluster's identity is the uid of kube-system, whatever the context is called", async () => {
  expect(await clusterId(cluster, signal)).toBe(
    await kubectl(["get", "ns", "kube-system", "-o", "jsonpath={.metadata.uid}"]),
  );
  const names = (await kubectl(["get", "nodes", "-o", "jsonpath={.items[*].metadata.name}"])).split(" ");
  expect((await clusterNodes(cluster, signal)).map((n) => n.name)).toEqual(names);
});
