/**
 * A project of 200 objects, one of them by a kustomization, deployed once. A start finds nothing changed and starts no
 * program: those that it could start are first on PATH, and note that they were.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context, kubeconfig } from "../../test/rig/cluster.ts";
import { DevloopProcess } from "../../test/rig/devloop.ts";
import { testNamespace } from "../../test/rig/kubectl.ts";
import { watching } from "../dev/example.ts";

const programs = ["kustomize", "kubectl", "docker", "git", "helm"];
const count = 200;

export async function manyObjects(program: string) {
  await using stack = new AsyncDisposableStack();
  const { name: namespace } = stack.use(await testNamespace("bench-objects"));
  const root = await mkdtemp(join(tmpdir(), "devloop-bench-objects-"));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  const app = join(root, "app");
  await mkdir(join(app, "k8s"), { recursive: true });
  await mkdir(join(app, "overlay"));
  const object = (i: number) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: object-${i}}\ndata: {number: "${i}"}\n`;
  const all = Array.from({ length: count - 1 }, (_, i) => object(i));
  await writeFile(join(app, "k8s/all.yaml"), all.join("---\n"));
  await writeFile(join(app, "overlay/one.yaml"), object(count));
  await writeFile(join(app, "overlay/kustomization.yaml"), "resources: [one.yaml]\nnamePrefix: over-\n");
  const config = `apiVersion: skaffold/v4beta11
kind: Config
manifests:
  rawYaml: [k8s/*.yaml]
  kustomize: {paths: [overlay]}
deploy: {kubectl: {}}
`;
  await writeFile(join(app, "skaffold.yaml"), config);
  const bin = join(root, "bin");
  const log = join(root, "started");
  await mkdir(bin);
  await writeFile(log, "");
  for (const name of programs) {
    const real = Bun.which(name);
    if (!real) continue;
    await writeFile(join(bin, name), `#!/bin/sh\necho ${name} >> ${log}\nexec ${real} "$@"\n`);
    await chmod(join(bin, name), 0o755);
  }
  const env = { DEVLOOP_HOME: join(root, "home"), KUBECONFIG: kubeconfig, PATH: `${bin}:${process.env.PATH}` };
  const start = (...args: string[]) =>
    new DevloopProcess([...args, "-n", namespace, "--kube-context", context], { cwd: app, env, binary: program });
  const dev = async () => {
    const started = performance.now();
    await using session = start("dev", "--cleanup=false");
    await session.line(watching);
    const took = performance.now() - started;
    session.interrupt();
    if ((await session.exit()) !== 0) throw new Error(session.text);
    return took;
  };
  await dev();
  const owned = stack.move();
  return {
    async round(): Promise<Record<string, number>> {
      await writeFile(log, "");
      const took = await dev();
      const begun = (await readFile(log, "utf8")).split("\n").filter(Boolean);
      return { "dev, 200 objects and a kustomization": took, "programs started by that": begun.length };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
