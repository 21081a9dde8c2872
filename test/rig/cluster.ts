/** The real cluster and engine that end-to-end tests run against. A test that needs them fails where they are missing. */
import { homedir } from "node:os";
import { join } from "node:path";

export const kubeconfig = process.env.DEVLOOP_TEST_KUBECONFIG ?? join(homedir(), ".kube/config");
export const context = process.env.DEVLOOP_TEST_CONTEXT ?? "kind-e2e";

export interface TestCluster {
  readonly kubeconfig: string;
  readonly context: string;
}

export const testCluster: TestCluster = { kubeconfig, context };
