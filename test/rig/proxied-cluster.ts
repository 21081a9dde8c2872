/** A connection to the test cluster through a recording fault proxy of its own, and a namespace to work in. */
import type { Cluster } from "../../src/cluster/cluster.ts";
import { connect } from "../../src/cluster/connect/connect.ts";
import { context, kubeconfig } from "./cluster.ts";
import { type KubeProxy, startKubeProxy } from "./kube-proxy.ts";
import { testNamespace } from "./kubectl.ts";

export interface ProxiedCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly proxy: KubeProxy;
  readonly namespace: string;
}

export async function proxiedCluster(part: string): Promise<ProxiedCluster> {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await startKubeProxy({ kubeconfig, context }));
  const namespace = stack.use(await testNamespace(part));
  const cluster = await connect({ kubeconfig: proxy.kubeconfig, env: {} });
  const owned = stack.move();
  return { cluster, proxy, namespace: namespace.name, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
