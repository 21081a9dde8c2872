/**
 * What is not devloop's and must stay as it is: objects in the namespace, one of them bound to a running pod, and an
 * image on every node and in the engine. Tells every difference, down to an object's version.
 */
import { busyboxOnNode } from "./image-on-node.ts";
import { namesOn, testEngine, testTarget } from "./kind-node.ts";
import { kubectl } from "./kubectl.ts";
import { docker } from "./scratch-image.ts";

export interface Foreign extends AsyncDisposable {
  /** Everything about it, as text; equal as long as nobody touched any of it. */
  state(): Promise<string>;
}

export async function foreignThings(namespace: string): Promise<Foreign> {
  await using stack = new AsyncDisposableStack();
  const image = stack.use(await busyboxOnNode("foreign"));
  const { nodes } = await testTarget(await testEngine());
  const name = "foreign";
  const objects = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: { app: "web" } }, data: { a: "b" } },
    { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { a: "b" } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: { app: "web" }, ports: [{ port: 81 }] },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name, image: image.reference, imagePullPolicy: "Never" }],
      },
    },
  ];
  await kubectl(
    ["-n", namespace, "apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  );
  await kubectl(["-n", namespace, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s"]);
  const repository = image.reference.slice(0, image.reference.lastIndexOf(":"));
  const owned = stack.move();
  return {
    async state() {
      const kinds = "configmap/foreign,secret/foreign,service/foreign,pod/foreign".split(",");
      const versions = '{range .items[*]}{.kind} {.metadata.uid} {.metadata.resourceVersion}{"\\n"}{end}';
      const live = await kubectl(["-n", namespace, "get", ...kinds, "-o", `jsonpath=${versions}`]);
      const names = await Promise.all(nodes.map(({ container }) => namesOn(container)));
      const onNodes = names.map((all) => all.filter((one) => one.includes(repository)).sort());
      const inEngine = await docker("image", "inspect", "--format", "{{.Id}} {{.RepoTags}}", `${repository}:latest`);
      return JSON.stringify({ live, onNodes, inEngine });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
