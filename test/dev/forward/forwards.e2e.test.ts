import { afterAll, beforeAll, expect, test } from "bun:test";
import { Forwards } from "../../../src/dev/forward/forwards.ts";
import type { ForwardEntry } from "../../../src/dev/forward/resource.ts";
import type { Event } from "../../../src/event/event.ts";
import type { BuiltImage } from "../../rig/built-on-node.ts";
import { eventually } from "../../rig/eventually.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { applyPortPods, firstPage, portServerOnNode, ports } from "../../rig/port-pods.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";

let image: BuiltImage;
let at: ProxiedCluster;
beforeAll(async () => {
  image = await portServerOnNode("forwards");
  at = await proxiedCluster("forwards");
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
});

const entry = (resourceType: string, resourceName: string): ForwardEntry => ({
  resourceType,
  resourceName,
  namespace: at.namespace,
  port: "http",
  address: "127.0.0.1",
});

test("every kind of workload, each by a named port of its pods", async () => {
  const container = (version: string) => ({
    name: "ports",
    image: image.reference,
    imagePullPolicy: "Never",
    env: [{ name: "VERSION", value: version }],
    ports: [{ name: "http", containerPort: ports.http }],
    readinessProbe: { httpGet: { path: "/", port: ports.http }, periodSeconds: 1 },
  });
  const podOf = (name: string, more: object = {}) => ({
    metadata: { labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [container(name)], ...more },
  });
  const object = (apiVersion: string, kind: string, spec: object) => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase(), namespace: at.namespace },
    spec,
  });
  const selected = (name: string) => ({ selector: { matchLabels: { app: name } }, template: podOf(name) });
  const jobOf = (name: string) => ({ template: podOf(name, { restartPolicy: "Never" }) });
  const items = [
    object("v1", "Pod", podOf("pod").spec),
    object("apps/v1", "Deployment", selected("deployment")),
    object("apps/v1", "ReplicaSet", selected("replicaset")),
    object("apps/v1", "StatefulSet", { ...selected("statefulset"), serviceName: "none" }),
    object("apps/v1", "DaemonSet", selected("daemonset")),
    object("v1", "ReplicationController", {
      selector: { app: "replicationcontroller" },
      template: podOf("replicationcontroller"),
    }),
    object("batch/v1", "Job", jobOf("job")),
    object("batch/v1", "CronJob", { schedule: "0 0 30 2 *", jobTemplate: { spec: jobOf("cronjob") } }),
  ];
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  // A CronJob's job begins when its time comes; this one is started by hand, and belongs to it all the same.
  await kubectl(["-n", at.namespace, "create", "job", "--from=cronjob/cronjob", "now"]);
  const types = items.map(({ kind }) => kind);
  using forwards = new Forwards({ cluster: at.cluster, emit: () => undefined });
  forwards.set({ entries: types.map((type) => entry(type, type.toLowerCase())) });
  const answers = await Promise.all(
    forwards.open.map(async ({ entry: own, localPort }) => [own.resourceName, await firstPage(localPort)]),
  );
  expect(answers).toEqual(types.map((type) => [type.toLowerCase(), type.toLowerCase()]));
});

test("services: every TCP port, added and taken away with the Service; what stays wanted keeps its listener", async () => {
  await applyPortPods({ namespace: at.namespace, image: image.reference, name: "shop" }, "v1", { ready: "serving" });
  const events: Event[] = [];
  using forwards = new Forwards({ cluster: at.cluster, emit: (event) => void events.push(event) });
  const services = [{ namespace: at.namespace, name: "shop" }];
  forwards.set({ entries: [], services });
  await eventually("both ports", () => (forwards.open.length === 2 ? true : undefined));
  const web = forwards.open.find((one) => one.entry.port === 80);
  expect(web?.localPort).toBeGreaterThanOrEqual(4503);
  expect(await firstPage(web?.localPort ?? 0)).toBe("v1");

  const patch = JSON.stringify([{ op: "replace", path: "/spec/ports/1/port", value: 7100 }]);
  await kubectl(["-n", at.namespace, "patch", "service", "shop", "--type=json", "-p", patch]);
  await eventually("the other port", () => forwards.open.find((one) => one.entry.port === 7100));
  expect(forwards.open.some((one) => one === web)).toBe(true);
  expect(events.some((e) => e.type === "forward" && e.port === ports.echo && e.status === "closed")).toBe(true);

  // Configured as well: once is enough.
  forwards.set({ entries: [{ ...entry("Service", "shop"), port: 80, localPort: 0 }], services });
  await eventually("one forward of port 80", () =>
    forwards.open.filter((one) => one.entry.port === 80).length === 1 ? true : undefined,
  );
  forwards.set({ entries: [] });
  expect(forwards.open).toEqual([]);
});

test("an entry that cannot be forwarded is a warning; the others go on", async () => {
  const events: Event[] = [];
  using forwards = new Forwards({ cluster: at.cluster, emit: (event) => void events.push(event) });
  forwards.set({ entries: [{ ...entry("pod", "nobody"), address: "203.0.113.1" }, entry("pod", "nobody")] });
  expect(forwards.open).toHaveLength(1);
  expect(events.find((event) => event.type === "diagnostic")).toMatchObject({ diagnostic: { severity: "warning" } });
});
