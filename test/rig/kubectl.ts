/** The real kubectl against the test cluster: an oracle, and the hand of a user who changes things beside devloop. */
import { type TestCluster, testCluster } from "./cluster.ts";
import { outputOf } from "./output-of.ts";

/** Its output. @throws Error with what it complained of. */
export async function kubectl(args: readonly string[], input = "", on: TestCluster = testCluster): Promise<string> {
  const child = Bun.spawn(["kubectl", "--kubeconfig", on.kubeconfig, "--context", on.context, ...args], {
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const { out, err, code } = await outputOf(child);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${err.trim()}`);
  return out;
}

/** The object's JSON, or undefined where there is none. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind.
export async function getObject(namespace: string, kind: string, name: string): Promise<any> {
  const out = await kubectl(["-n", namespace, "get", kind, name, "-o", "json", "--ignore-not-found"]);
  return out.trim() === "" ? undefined : JSON.parse(out);
}

/** A namespace of this test alone, gone with the disposal. */
export async function testNamespace(
  part: string,
  on: TestCluster = testCluster,
): Promise<{ readonly name: string } & AsyncDisposable> {
  const name = `devloop-${part}-${Math.random().toString(36).slice(2, 8)}`;
  await kubectl(["create", "namespace", name], "", on);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await kubectl(["delete", "namespace", name, "--wait=false", "--ignore-not-found"], "", on);
    },
  };
}
