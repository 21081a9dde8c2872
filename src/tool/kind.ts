/** `kind`: which local clusters there are, and loading an image of the local engine onto their nodes. */
import type { Tool } from "./find.ts";
import { must } from "./run.ts";

export const kindTool: Tool = {
  binary: "kind",
  versionArgs: ["version"],
  versionPattern: /v(\d+\.\d+(?:\.\d+)?)/,
  minimum: "0.11",
  install: "install kind by your package manager or with `go install sigs.k8s.io/kind@latest`",
};

export async function kindClusters(signal: AbortSignal): Promise<string[]> {
  const { stdout } = await must({ argv: ["kind", "get", "clusters", "--quiet"] }, signal);
  return stdout.split("\n").filter((name) => name !== "");
}

export function loadArgv(cluster: string, images: readonly string[]): readonly [string, ...string[]] {
  return ["kind", "load", "docker-image", "--name", cluster, ...images];
}

/** Loads whole images onto every node of the cluster. */
export async function kindLoad(cluster: string, images: readonly string[], signal: AbortSignal): Promise<void> {
  await must({ argv: loadArgv(cluster, images) }, signal);
}
