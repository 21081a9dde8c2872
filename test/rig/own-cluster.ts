/** A cluster of one test alone, for what must not be done to a shared one. Raised by the project's own script. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { TestCluster } from "./cluster.ts";

const script = join(import.meta.dir, "../../scripts/cluster");

export interface OwnCluster extends TestCluster, AsyncDisposable {
  /** The container that is its one node. */
  readonly node: string;
}

export async function ownCluster(part: string): Promise<OwnCluster> {
  const name = `${part}-${Math.random().toString(36).slice(2, 8)}`;
  await cluster("up", name);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return {
    kubeconfig: join(cache, "devloop/cluster", `${name}.kubeconfig`),
    context: `kind-${name}`,
    node: `${name}-control-plane`,
    [Symbol.asyncDispose]: () => cluster("down", name),
  };
}

async function cluster(verb: string, name: string): Promise<void> {
  const child = Bun.spawn([script, verb, "--name", name], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`scripts/cluster ${verb}: ${out}${err}`);
}
