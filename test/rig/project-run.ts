/**
 * One project, one namespace of the test cluster, and a recording proxy between devloop and its API server: what an
 * end-to-end test drives the whole program with. Everything is gone with the disposal.
 */

import { type TestCluster, testCluster } from "./cluster.ts";
import { DevloopProcess, devloop } from "./devloop.ts";
import { removeFrom, testEngine, testTarget } from "./kind-node.ts";
import { type KubeProxy, startKubeProxy } from "./kube-proxy.ts";
import { kubectl, testNamespace } from "./kubectl.ts";
import { type Sample, sample } from "./sample.ts";

export interface ProjectRun extends AsyncDisposable {
  readonly sample: Sample;
  readonly proxy: KubeProxy;
  readonly namespace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs a command of the program to its end. */
  run(command: string, ...args: string[]): Promise<{ readonly code: number; readonly text: string }>;
  /** Starts a command that stays. */
  start(command: string, ...args: string[]): DevloopProcess;
  /** Names of the sample's own objects that the namespace has. */
  leftovers(): Promise<string[]>;
  /** What the path answers inside the cluster, asked through the API server's service proxy. */
  served(service: string, path: string): Promise<string>;
}

export async function projectRun(part: string, on: TestCluster = testCluster): Promise<ProjectRun> {
  await using stack = new AsyncDisposableStack();
  const project = stack.use(await sample(part));
  const proxy = stack.use(await startKubeProxy(on));
  const namespace = stack.use(await testNamespace(part, on));
  const engine = await testEngine();
  const { nodes } = await testTarget(engine, on);
  const repository = project.image.slice(0, project.image.lastIndexOf("/") + 1);
  stack.defer(async () => {
    for (const { container } of nodes) await removeFrom(container, repository);
  });
  const env = { DEVLOOP_HOME: project.home, KUBECONFIG: proxy.kubeconfig, DEVLOOP_NAMESPACE: namespace.name };
  const owned = stack.move();
  return {
    sample: project,
    proxy,
    namespace: namespace.name,
    env,
    run: (command, ...args) => devloop([command, ...args], { cwd: project.directory, env }),
    start: (command, ...args) => new DevloopProcess([command, ...args], { cwd: project.directory, env }),
    async leftovers() {
      const kinds = ["deployment/web", "service/web", "configmap/settings"];
      const args = ["-n", namespace.name, "get", ...kinds, "--ignore-not-found", "-o", "name"];
      return (await kubectl(args, "", on)).split("\n").filter((name) => name !== "");
    },
    served: (service, path) =>
      kubectl(["get", "--raw", `/api/v1/namespaces/${namespace.name}/services/${service}/proxy/${path}`], "", on),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
