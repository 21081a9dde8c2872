/**
 * The example project as a bench uses it: a copy with image names, ports, a namespace and a state folder of its own, so
 * that a run neither finds what an earlier one left nor meets a session of the user. All of it goes with the disposal.
 */
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { context, kubeconfig } from "../../test/rig/cluster.ts";
import { DevloopProcess } from "../../test/rig/devloop.ts";
import { removeFrom, testEngine, testTarget } from "../../test/rig/kind-node.ts";
import { testNamespace } from "../../test/rig/kubectl.ts";
import { docker } from "../../test/rig/scratch-image.ts";

export interface Example extends AsyncDisposable {
  readonly directory: string;
  readonly namespace: string;
  /** What the images are called instead of `getting-started`. */
  readonly images: string;
  /** The local end of the Go server's forward. */
  readonly url: string;
  /** Starts a command that stays, on the compiled program. */
  start(command: string, ...args: string[]): DevloopProcess;
  /** Saves as an editor does: beside the file, then a rename over it. @returns when the rename was made */
  save(file: string, change: (text: string) => string): Promise<number>;
  /** As on a machine where devloop never ran here. What the engine and its build cache hold stays. */
  forget(): Promise<void>;
}

const source = join(import.meta.dir, "../../examples/getting-started");
const usualPorts = [4503, 4504];

export interface ExampleOptions {
  /** What runs the commands; the compiled program is usual. */
  readonly program?: string;
  /** The local ports are this one and the next: two examples at once have different ones. */
  readonly firstPort?: number;
}

export async function example({
  program = process.env.DEVLOOP_BENCH_PROGRAM,
  firstPort = 24503,
}: ExampleOptions = {}): Promise<Example> {
  await using stack = new AsyncDisposableStack();
  const namespace = stack.use(await testNamespace("bench")).name;
  const images = `${namespace}-app`;
  const root = await mkdtemp(join(tmpdir(), "devloop-bench-dev-"));
  stack.defer(() => rm(root, { recursive: true }));
  const { nodes } = await testTarget(await testEngine());
  stack.defer(async () => {
    for (const { container } of nodes) await removeFrom(container, images);
    const built = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
    const ours = built.filter((name) => name.startsWith(images));
    if (ours.length > 0) await docker("rmi", "-f", ...ours);
  });
  const directory = join(root, "app");
  const home = join(root, "home");
  await cp(source, directory, { recursive: true });
  for (const file of ["skaffold.yaml", ...(await readdir(join(directory, "k8s"))).map((name) => `k8s/${name}`)])
    await renamed(join(directory, file), images, firstPort);
  const env = { DEVLOOP_HOME: home, KUBECONFIG: kubeconfig };
  const owned = stack.move();
  return {
    directory,
    namespace,
    images,
    url: `http://127.0.0.1:${firstPort}/`,
    start: (command, ...args) =>
      new DevloopProcess([command, "-n", namespace, "--kube-context", context, ...args], {
        cwd: directory,
        env,
        binary: program ?? true,
      }),
    async save(file, change) {
      const path = join(directory, file);
      const beside = `${path}.tmp~`;
      await writeFile(beside, change(await readFile(path, "utf8")));
      const at = performance.now();
      await rename(beside, path);
      return at;
    },
    forget: () => rm(home, { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function renamed(file: string, images: string, firstPort: number): Promise<void> {
  let text = await readFile(file, "utf8");
  text = text.replaceAll(/getting-started-(?=web|site)/g, `${images}-`);
  for (const [i, usual] of usualPorts.entries())
    text = text.replaceAll(`localPort: ${usual}`, `localPort: ${firstPort + i}`);
  await writeFile(file, text);
}

export const watching = /^Watching for changes/;

/** Ctrl-C, and all that follows it. */
export async function end(session: DevloopProcess): Promise<void> {
  session.interrupt();
  const code = await session.exit();
  if (code !== 0) throw new Error(`the session ended with ${code}:\n${session.text}`);
}
