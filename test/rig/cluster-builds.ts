/**
 * What builds in the test cluster need: an image of the stand-in for kaniko's executor (`executor/`) on its nodes, which is
 * the init image as well, and a registry that this machine, the pods and the nodes reach under one name, by plain HTTP.
 */
import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentReference, type ImageId } from "../../src/image/reference.ts";
import { builtGoProgram } from "./go-program.ts";
import { deliverToNodes } from "./image-on-node.ts";
import { testEngine, testTarget } from "./kind-node.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "./registry.ts";
import { docker } from "./scratch-image.ts";

/** Programs that the executor's image has as links to one busybox. */
const applets = ["sh", "tar", "touch", "sleep", "gunzip", "cat", "echo", "test", "false", "true", "env"];

export interface Executor extends AsyncDisposable {
  /** The image, as a pod names it. */
  readonly image: string;
}

export async function executorOnNodes(): Promise<Executor> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "devloop-executor-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await copyFile(await builtGoProgram(join(import.meta.dir, "executor")), join(folder, "executor"));
  await copyFile("/bin/busybox", join(folder, "busybox"));
  for (const name of ["executor", "busybox"]) await chmod(join(folder, name), 0o755);
  const links = applets.map((name) => `COPY busybox /bin/${name}\n`).join("");
  await Bun.write(
    join(folder, "Dockerfile"),
    `FROM scratch\nCOPY executor /kaniko/executor\n${links}WORKDIR /tmp\nWORKDIR /workspace\nENV PATH=/bin\nENTRYPOINT ["/kaniko/executor"]\n`,
  );
  const repository = `devloop-test/executor-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const tag = `${repository}:latest`;
  const id = (await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", tag, folder)).trim();
  stack.defer(async () => void (await docker("rmi", "-f", tag).catch(() => "")));
  const image = await deliverToNodes({ id: id as ImageId, name: contentReference(repository, id as ImageId) }, stack);
  const owned = stack.move();
  return { image, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A registry at this machine's address in the nodes' network; the nodes are told that it speaks plain HTTP. */
export async function registryForPods(auth?: RegistryOptions["auth"]): Promise<TestRegistry> {
  await using stack = new AsyncDisposableStack();
  const { nodes } = await testTarget(await testEngine());
  const containers = nodes.map(({ container }) => container);
  const gateway = "{{range .NetworkSettings.Networks}}{{.Gateway}} {{end}}";
  const [address = ""] = (await docker("inspect", "--format", gateway, containers[0] ?? "")).trim().split(" ");
  const registry = stack.use(await startRegistry({ address, ...(auth ? { auth } : {}) }));
  const folder = `/etc/containerd/certs.d/${registry.host}`;
  const hosts = `server = "http://${registry.host}"\n[host."http://${registry.host}"]\n  capabilities = ["pull", "resolve"]\n`;
  for (const container of containers) {
    await docker(
      "exec",
      container,
      "sh",
      "-c",
      `mkdir -p '${folder}' && printf '%s' '${hosts}' > '${folder}/hosts.toml'`,
    );
    stack.defer(async () => void (await docker("exec", container, "rm", "-rf", folder)));
  }
  const owned = stack.move();
  return { ...registry, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
