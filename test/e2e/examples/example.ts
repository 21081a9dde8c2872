/**
 * One whole example, from an empty folder to an empty namespace: it is built and deployed, once more without a change,
 * changed, and cleaned up. What is told of it in between is in its row.
 */
import { expect } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testCluster } from "../../rig/cluster.ts";
import { devloop } from "../../rig/devloop.ts";
import { eventually } from "../../rig/eventually.ts";
import { removeFrom, testEngine, testTarget } from "../../rig/kind-node.ts";
import { startKubeProxy } from "../../rig/kube-proxy.ts";
import { getObject, kubectl, testNamespace } from "../../rig/kubectl.ts";
import { docker } from "../../rig/scratch-image.ts";
import type { Files } from "./pieces.ts";

/** What a row may name: everything is of one run. */
export interface Names {
  /** The image of an artifact. */
  image(name: string): string;
  readonly namespace: string;
  /** A second namespace, there already where the row says so. */
  readonly second: string;
  /** A word for names of kinds without a namespace. */
  readonly run: string;
}

/** What holds after a deployment. */
export interface State {
  /** `service/path` -> what it answers; a service of the second namespace as `second:service/path`. */
  readonly serves?: Readonly<Record<string, string>>;
  /** `kind/name` -> fields that it has; `null`: it is not there. */
  readonly objects?: Readonly<Record<string, object | null>>;
}

export interface Example extends State {
  readonly files: Files;
  /** What is done beside writing the files, in the example's folder. */
  readonly setUp?: (folder: string) => Promise<void>;
  /** Command lines in order; default: one `run`. */
  readonly commands?: readonly (readonly string[])[];
  /** Flags of the clean-up alone. */
  readonly cleanUp?: readonly string[];
  /** Flags of every command, the clean-up among them. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly makesSecond?: boolean;
  /** False: the configuration and the manifests say where everything goes. */
  readonly namespaceFlag?: false;
  readonly change: State & {
    readonly files: Files;
    readonly commands?: readonly (readonly string[])[];
    /** Artifacts that are built again, by the last part of their names. */
    readonly builds: readonly string[];
    /** They are built without a word, as for scripts: which ones cannot be told. */
    readonly quietBuilds?: true;
  };
}

const kinds = [
  ...["deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods", "services", "configmaps", "secrets"],
  ...["serviceaccounts", "roles", "rolebindings", "ingresses", "networkpolicies", "poddisruptionbudgets"],
  "horizontalpodautoscalers",
].join();

export async function tryOut(word: string, row: (names: Names) => Example): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const run = `ex-${word}-${Math.random().toString(36).slice(2, 8)}`;
  const image = (name: string) => `devloop-test/${run}/${name}`;
  const { name: namespace } = stack.use(await testNamespace(`ex-${word}`));
  const second = `${namespace}-2`;
  stack.defer(() =>
    kubectl(["delete", "namespace", second, "--wait=false", "--ignore-not-found"]).then(() => undefined),
  );
  const example = row({ image, namespace, second, run });
  if (example.makesSecond) await kubectl(["create", "namespace", second]);
  const proxy = stack.use(await startKubeProxy(testCluster));
  const folder = await mkdtemp(join(tmpdir(), `devloop-${run}-`));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  stack.defer(() => forgetImages(`devloop-test/${run}/`));
  const env = { ...example.env, DEVLOOP_HOME: join(folder, ".state"), KUBECONFIG: proxy.kubeconfig };

  /** Runs the command lines; what they said. */
  const all = async (lines: readonly (readonly string[])[]): Promise<string> => {
    let said = "";
    for (const [command = "", ...args] of lines) {
      const place = command === "build" || example.namespaceFlag === false ? [] : ["-n", namespace];
      const line = [command, ...args, ...(example.flags ?? []), ...place];
      const { code, text } = await devloop(line, { cwd: folder, env }, 120);
      if (code !== 0) throw new Error(`devloop ${line.join(" ")} ended with ${code}:\n${text}`);
      said += text;
    }
    return said;
  };
  const commands = example.commands ?? [["run"]];

  await write(folder, example.files, run);
  await example.setUp?.(folder);
  await all(commands);
  await expectState(example, namespace, second);

  proxy.forget();
  const again = await all(commands);
  expect(proxy.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect(again).not.toContain("Building [");

  await write(folder, example.change.files, run);
  const changed = await all(example.change.commands ?? commands);
  const built = [...changed.matchAll(/^Building \[(?:.*\/)?([^/\]]+)\]\.\.\.$/gm)].map(([, name]) => name).sort();
  if (!example.change.quietBuilds) expect(built).toEqual([...example.change.builds].sort());
  await expectState({ ...example, ...example.change }, namespace, second);

  await all([["delete", ...(example.cleanUp ?? [])]]);
  for (const place of [namespace, second]) {
    const left = await kubectl([
      "get",
      kinds,
      "-n",
      place,
      "-l",
      "devloop.dev/owner",
      "-o",
      "name",
      "--ignore-not-found",
    ]);
    expect(left).toBe("");
  }
}

/** Dockerfiles get a label of the run: images of two tests are never the same one. */
async function write(folder: string, files: Files, run: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const full = join(folder, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, /Dockerfile/.test(path) ? `${text.trimEnd()}\nLABEL devloop.test=${run}\n` : text);
  }
}

async function expectState({ serves = {}, objects = {} }: State, namespace: string, second: string): Promise<void> {
  for (const [where, text] of Object.entries(serves)) {
    const [, other, service, path] = /^(second:)?([^/]+)\/(.*)$/.exec(where) ?? [];
    const url = `/api/v1/namespaces/${other ? second : namespace}/services/${service}:80/proxy/${path}`;
    // A Service takes up a new pod a moment after it is ready.
    await eventually(`${where} answers ${JSON.stringify(text)}`, async () => {
      const said = await kubectl(["get", "--raw", url]);
      if (said.trim() !== text) throw new Error(`it answers ${JSON.stringify(said)}`);
      return true;
    });
  }
  for (const [what, fields] of Object.entries(objects)) {
    const [kind = "", name = ""] = what.split("/");
    const object = await getObject(namespace, kind, name);
    if (fields === null) expect(object).toBeUndefined();
    else expect(object).toMatchObject(fields);
  }
}

async function forgetImages(prefix: string): Promise<void> {
  const { nodes } = await testTarget(await testEngine());
  for (const { container } of nodes) await removeFrom(container, prefix);
  const names = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  const ours = names.filter((name) => name.startsWith(prefix));
  if (ours.length > 0) await docker("rmi", "-f", ...ours).catch(() => "");
}
