import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { ownerLabel } from "../../src/deploy/owner.ts";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../rig/proxied-cluster.ts";
import { DeployedProject } from "./deployed-project.ts";

let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("deploy");
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.proxy.forget());

const byHand = (...args: string[]) => kubectl(["-n", at.namespace, ...args]);
const writes = () => at.proxy.writes().map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`);

const manifests = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 0
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: acme/web
          envFrom: [{configMapRef: {name: ${name}}}]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data: {GREETING: hello}
---
apiVersion: v1
kind: Secret
metadata: {name: ${name}}
stringData: {password: very-secret-indeed}
`;
const images = { "acme/web": "acme/web:abc123" };

test("a second start writes nothing and asks once per kind; changes by hand are repaired, exactly these", async () => {
  await using project = await DeployedProject.open(at, { images });
  await project.write("k8s/app.yaml", manifests("plain"));
  const first = await project.mustDeploy();
  expect(
    first.events
      .filter((e) => e.type === "apply")
      .map((e) => `${e.object} ${e.result}`)
      .sort(),
  ).toEqual([
    "configmap/plain created",
    "deployment.apps/plain created",
    "secret/plain created",
    "service/plain created",
  ]);
  const deployment = await getObject(at.namespace, "deployment", "plain");
  expect(deployment.spec.template.spec.containers[0].image).toBe("acme/web:abc123");
  expect(deployment.metadata.labels[ownerLabel]).toMatch(/^[0-9a-f]{16}$/);
  expect(JSON.stringify(deployment.spec.template.metadata)).not.toContain("devloop");
  expect(JSON.stringify([...project.runner.records])).not.toContain("very-secret-indeed");

  at.proxy.forget();
  const second = await project.mustDeploy();
  expect(at.proxy.requests.map(({ method, path }) => `${method} ${path.split("/").at(-1)}`).sort()).toEqual([
    "GET configmaps",
    "GET deployments",
    "GET kube-system",
    "GET secrets",
    "GET services",
  ]);
  expect(second.ran).toEqual([]);
  expect(second.events).toEqual([]);

  await byHand("patch", "configmap", "plain", "-p", '{"data":{"GREETING":"by hand"}}');
  await byHand("scale", "deployment", "plain", "--replicas=3");
  await byHand("delete", "service", "plain");
  at.proxy.forget();
  const third = await project.mustDeploy();
  expect(
    third.events
      .filter((e) => e.type === "apply")
      .map((e) => `${e.object} ${e.result}`)
      .sort(),
  ).toEqual(["configmap/plain configured", "deployment.apps/plain configured", "service/plain created"]);
  expect(writes().sort()).toEqual(["PATCH configmaps/plain", "PATCH deployments/plain", "PATCH services/plain"]);
  expect((await getObject(at.namespace, "configmap", "plain")).data).toEqual({ GREETING: "hello" });
  expect((await getObject(at.namespace, "deployment", "plain")).spec.replicas).toBe(0);

  at.proxy.forget();
  await project.mustDeploy();
  expect(writes()).toEqual([]);
  project.loseRecords();
  at.proxy.forget();
  await project.mustDeploy();
  expect(writes()).toEqual([]);
});
