/**
 * The example that the README starts with, as a user would try it: copied somewhere, changed while `dev` runs, every
 * change seen by a request to the service. In a namespace of its own, through the recording proxy.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfig, testCluster } from "../rig/cluster.ts";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { removeFrom, testEngine, testTarget } from "../rig/kind-node.ts";
import { type KubeProxy, startKubeProxy } from "../rig/kube-proxy.ts";
import { getObject, kubectl, testNamespace } from "../rig/kubectl.ts";
import { docker } from "../rig/scratch-image.ts";

const watching = /^Watching for changes/;
/** Names of one run, so that nobody else's images of the example are met. */
const tag = Math.random().toString(36).slice(2, 8);
const [web, site] = [`devloop-test/${tag}/web`, `devloop-test/${tag}/site`];

const stack = new AsyncDisposableStack();
let folder: string;
let proxy: KubeProxy;
let namespace: string;
let session: DevloopProcess;
let env: Record<string, string>;
let configBefore: string;

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const path = join(folder, file);
  const text = await Bun.file(path).text();
  const changed = text.replaceAll(from, to);
  if (changed === text) throw new Error(`${file} has no ${from}`);
  // In one step: a session never sees half a file.
  await Bun.write(join(folder, ".edited"), changed);
  await rename(join(folder, ".edited"), path);
}

async function page(service: string, path: string): Promise<string> {
  return kubectl(["get", "--raw", `/api/v1/namespaces/${namespace}/services/${service}:80/proxy/${path}`]);
}

async function shows(service: string, path: string, text: string): Promise<void> {
  await eventually(`${service}/${path} shows ${JSON.stringify(text)}`, async () =>
    (await page(service, path)).includes(text) ? true : undefined,
  );
}

beforeAll(async () => {
  configBefore = await Bun.file(kubeconfig).text();
  folder = await mkdtemp(join(tmpdir(), "devloop-example-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await cp(join(import.meta.dir, "../../examples/getting-started"), folder, { recursive: true });
  for (const file of ["skaffold.yaml", "k8s/web.yaml"]) await edit(file, "getting-started-web", web);
  for (const file of ["skaffold.yaml", "k8s/site.yaml"]) await edit(file, "getting-started-site", site);
  await edit("skaffold.yaml", "localPort: 4503", "localPort: 24503");
  await edit("skaffold.yaml", "localPort: 4504", "localPort: 24504");
  proxy = stack.use(await startKubeProxy(testCluster));
  namespace = stack.use(await testNamespace("example")).name;
  const { nodes } = await testTarget(await testEngine());
  stack.defer(async () => {
    for (const { container } of nodes) await removeFrom(container, `devloop-test/${tag}/`);
    const images = await docker("images", "--format", "{{.Repository}}:{{.Tag}}");
    await docker("rmi", "-f", ...images.split("\n").filter((line) => line.startsWith(`devloop-test/${tag}/`)));
  });
  env = { DEVLOOP_HOME: join(folder, ".state"), KUBECONFIG: proxy.kubeconfig };
});

afterAll(() => stack.disposeAsync());

test("dev brings both services up, runs the hooks and waits for no ingress controller", async () => {
  session = stack.use(new DevloopProcess(["dev", "-n", namespace], { cwd: folder, env }));
  await session.line(watching);
  const at = (pattern: RegExp) => session.lines.findIndex((line) => pattern.test(line));
  expect(at(/^rendering the manifests of k8s\/$/)).toBeGreaterThan(-1);
  expect(at(/^about to deploy$/)).toBeGreaterThan(at(/^Starting deploy\.\.\.$/));
  expect(at(/ - deployment\/web created$/)).toBeGreaterThan(at(/^about to deploy$/));
  expect(at(/^Deployments stabilized in /)).toBeGreaterThan(at(/ - deployment\/web is ready\./));
  expect(at(/^deployed$/)).toBeGreaterThan(at(/^Deployments stabilized in /));
  expect(session.text).toContain("ingress/getting-started created");
  expect(session.text).not.toContain("error:");
  await shows("web", "", "Hello from a Go server");
  await shows("web", "", "The ConfigMap says: hello");
  await shows("site", "version.txt", "sha256-");
});

test("a template is synced, not rebuilt", async () => {
  const mark = session.mark();
  await edit("web/templates/index.html", "The ConfigMap says", "A changed page says");
  await session.line(/^Synced in /, { from: mark });
  await shows("web", "", "A changed page says: hello");
  expect(session.lines.slice(mark).join("\n")).not.toContain("Building [");
});

test("a static page is synced to where its rule says", async () => {
  const mark = session.mark();
  await edit("site/public/static/style.css", "margin: 3rem", "margin: 4rem");
  await session.line(/^Synced in /, { from: mark });
  await shows("site", "static/style.css", "margin: 4rem");
});

test("a change in the Go code is built and rolled out, with the page that was synced before", async () => {
  const mark = session.mark();
  await edit("web/main.go", 'const message = "Hello from a Go server"', 'const message = "Hello again"');
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await shows("web", "", "Hello again");
  await shows("web", "", "A changed page says: hello");
  expect(session.lines.slice(mark).join("\n")).not.toContain(`Building [${site}]`);
});

test("a word in a comment of the Go code: built, the same image, nothing delivered and nothing written", async () => {
  const before = await getObject(namespace, "deployment", "web");
  const mark = session.mark();
  proxy.forget();
  await edit("web/main.go", "What the page of this service says", "What the page of this program says");
  await session.line(/ in [\d.]+ s \(1 file\)$/, { from: mark });
  const said = session.lines.slice(mark).join("\n");
  expect(said).toContain(`Build [${web}] succeeded`);
  expect(said).not.toMatch(/-> (Loaded|Tagged|Pushed)/);
  expect(said).not.toContain("configured");
  expect(proxy.writes()).toEqual([]);
  const after = await getObject(namespace, "deployment", "web");
  expect(after.spec.template.spec.containers[0].image).toBe(before.spec.template.spec.containers[0].image);
  expect(after.metadata.generation).toBe(before.metadata.generation);
});

test("a setting is applied alone", async () => {
  const mark = session.mark();
  proxy.forget();
  await edit("k8s/settings.yaml", "GREETING: hello", "GREETING: welcome");
  await session.line(/^Applied in /, { from: mark });
  expect(proxy.writes().map(({ path }) => path.split("/").at(-1))).toEqual(["settings"]);
});

test("Ctrl-C leaves nothing of ours, and the user's kubeconfig as it was", async () => {
  session.interrupt();
  expect(await session.exit()).toBe(0);
  const left = await kubectl(["-n", namespace, "get", "deploy,svc,ingress,configmap", "-o", "name"]);
  expect(left.split("\n").filter((name) => name !== "" && name !== "configmap/kube-root-ca.crt")).toEqual([]);
  expect(await Bun.file(kubeconfig).text()).toBe(configBefore);
});

test("run, and run again: the second writes nothing", async () => {
  const first = await devloop(["run", "-n", namespace], { cwd: folder, env });
  expect(first.text).toContain("deployment/web is ready.");
  expect(first.code).toBe(0);
  proxy.forget();
  const second = await devloop(["run", "-n", namespace], { cwd: folder, env });
  expect(second.code).toBe(0);
  expect(proxy.writes()).toEqual([]);
  expect((await devloop(["delete", "-n", namespace], { cwd: folder, env })).code).toBe(0);
});
