/** Objects that left the manifests: told at every pass for as long as they are there. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";
import { DeployedProject, type Deployment } from "../deployed-project.ts";

let at: ProxiedCluster;
beforeAll(async () => {
  at = await proxiedCluster("left");
});
afterAll(() => at[Symbol.asyncDispose]());

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: "1"}\n`;
const told = ({ events }: Deployment) => events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
const words = (names: string, are: string, them: string) =>
  `${names} ${are} still in the cluster, although the manifests do not name ${them} any more: delete ${them} with kubectl, or all of the project with devloop delete`;

test("an object that left the manifests is told at every pass until it is gone", async () => {
  await using project = await DeployedProject.open(at);
  await project.write("k8s/all.yaml", ["kept", "one", "two"].map(map).join("---\n"));
  expect(told(await project.mustDeploy())).toEqual([]);
  await project.write("k8s/all.yaml", ["kept", "two"].map(map).join("---\n"));
  const one = "configmap/one";
  for (let i = 0; i < 2; i++) expect(told(await project.mustDeploy())).toEqual([words(one, "is", "it")]);
  await project.write("k8s/all.yaml", map("kept"));
  const two = "configmap/two";
  expect(told(await project.mustDeploy())).toEqual([words(`${one}, ${two}`, "are", "them")]);
  // Another object under the name is not devloop's.
  await kubectl(["-n", at.namespace, "delete", "configmap", "one", "two"]);
  await kubectl(["-n", at.namespace, "create", "configmap", "two"]);
  expect(told(await project.mustDeploy())).toEqual([]);
  await kubectl(["-n", at.namespace, "delete", "configmap", "two"]);
  await project.cleanUp();
});

test("a command for some modules tells nothing of the others; of many objects some are named", async () => {
  await using project = await DeployedProject.open(at);
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  await project.write("k8s/all.yaml", names.map(map).join("---\n"));
  await project.mustDeploy();
  await project.write("k8s/all.yaml", map("g"));
  expect(told(await project.mustDeploy({ chosen: new Set(["other"]) }))).toEqual([]);
  const [text] = told(await project.mustDeploy({ chosen: new Set(["app"]) }));
  expect(text).toContain("configmap/e and 1 more are still in the cluster");
  await project.cleanUp();
});
