/** A configuration that changes while a session runs, on the real engine and cluster. */
import { expect, test } from "bun:test";
import { DevloopProcess } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { getObject, kubectl, testNamespace } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${JSON.stringify(text)}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

test("a broken configuration holds up no save, stays visible, and is read again when it is mended", async () => {
  await using it = await projectRun("refused");
  await using session = it.start("dev");
  await session.line(watching);
  const good = await Bun.file(it.sample.path("skaffold.yaml")).text();

  let mark = session.mark();
  await it.sample.write("skaffold.yaml", good.replace("rawYaml:", "rawYamls:"));
  await session.line(/^Failed in .*skaffold\.yaml:\d+:\d+: .*rawYamls/, { from: mark });

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await session.line(/the configuration is still the one from before: .*rawYamls/, { from: mark });
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await served(it, "version.txt", "two");
  expect(session.lines.slice(mark).join("\n")).not.toContain("Failed");

  mark = session.mark();
  await it.sample.write("more/extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {A: b}\n");
  await it.sample.write("skaffold.yaml", good.replace("    - k8s/*.yaml\n", "    - k8s/*.yaml\n    - more/*.yaml\n"));
  await session.line(/^Applied in /, { from: mark });
  expect((await getObject(it.namespace, "configmap", "extra")).data).toEqual({ A: "b" });

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>third</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, "site/page.html", "third");
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(session.lines.slice(mark).join("\n")).not.toContain("still the one from before");
});

/** Two more namespaces, and a kubeconfig whose context `second` has the second one. */
async function twoNamespaces(it: ProjectRun, stack: AsyncDisposableStack) {
  const first = stack.use(await testNamespace("reload-a")).name;
  const second = stack.use(await testNamespace("reload-b")).name;
  const config = (await Bun.file(it.proxy.kubeconfig).json()) as { contexts: { name: string; context: object }[] };
  const [{ context } = { context: {} }] = config.contexts;
  const contexts = [first, second].map((namespace, i) => ({
    name: ["first", "second"][i],
    context: { ...context, namespace },
  }));
  const kubeconfig = it.sample.path("kubeconfig");
  await Bun.write(kubeconfig, JSON.stringify({ ...config, contexts, "current-context": "first" }));
  return { first, second, kubeconfig };
}

const gone = (object: { metadata: { deletionTimestamp?: string } } | undefined) =>
  object === undefined || object.metadata.deletionTimestamp !== undefined;

test.each([
  ["another context", (text: string) => text.replace("deploy:\n", "deploy:\n  kubeContext: second\n")],
  [
    "another namespace",
    (text: string, second: string) => text.replace("kubectl: {}", `kubectl: {defaultNamespace: ${second}}`),
  ],
] as const)("a reload that names %s deploys, syncs and cleans up there", async (name, change) => {
  await using it = await projectRun(name.replace("another ", "reload-"));
  await using stack = new AsyncDisposableStack();
  const { first, second, kubeconfig } = await twoNamespaces(it, stack);
  const env = { ...it.env, KUBECONFIG: kubeconfig, DEVLOOP_NAMESPACE: undefined };
  await using session = new DevloopProcess(["dev"], { cwd: it.sample.directory, env });
  await session.line(watching);
  expect(await getObject(first, "deployment", "web")).toBeDefined();
  expect(await getObject(second, "deployment", "web")).toBeUndefined();

  let mark = session.mark();
  const text = await Bun.file(it.sample.path("skaffold.yaml")).text();
  await it.sample.write("skaffold.yaml", change(text, second));
  await session.line(/^Applied in /, { from: mark });
  expect(session.lines.slice(mark).join("\n")).toMatch(new RegExp(`from now on the namespace ${second}`));
  expect(await getObject(second, "deployment", "web")).toBeDefined();

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await eventually("the page in the second namespace", async () => {
    const path = `/api/v1/namespaces/${second}/services/web:80/proxy/site/page.html`;
    return (await kubectl(["get", "--raw", path])).includes("second") ? true : undefined;
  });
  session.interrupt();
  expect(await session.exit()).toBe(0);
  for (const namespace of [first, second])
    for (const kind of ["deployment", "service", "configmap"])
      expect(gone(await getObject(namespace, kind, kind === "configmap" ? "settings" : "web"))).toBe(true);
});

test("a module that a reload adds is locked; where another session has it, the reload is refused", async () => {
  await using it = await projectRun("reload-lock");
  const { sample } = it;
  await sample.write("aside/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aside}\n");
  await sample.edit("skaffold.yaml", "name: sample", "name: web");
  const aside = `---
apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: aside}
manifests: {rawYaml: [aside/*.yaml]}
deploy: {kubectl: {}}
`;
  const text = (await Bun.file(sample.path("skaffold.yaml")).text()) + aside;
  const requiring = text.replace("build:\n", "requires: [{configs: [aside]}]\nbuild:\n");
  await sample.write("skaffold.yaml", text);
  await using other = it.start("dev", "-m", "aside");
  await other.line(watching);
  await using session = it.start("dev", "-m", "web");
  await session.line(watching);

  let mark = session.mark();
  await sample.write("skaffold.yaml", requiring);
  await session.line(new RegExp(`^Failed in .*process ${other.pid} is already running dev for the module aside`), {
    from: mark,
  });
  mark = session.mark();
  await sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  other.interrupt();
  expect(await other.exit()).toBe(0);

  mark = session.mark();
  await sample.write("skaffold.yaml", `${requiring}# again\n`);
  await session.line(/^Rebuilt and ready in /, { from: mark });
  const refused = await it.run("dev", "-m", "aside");
  expect(refused.text).toContain(`process ${session.pid} is already running dev for this project`);
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(gone(await getObject(it.namespace, "configmap", "aside"))).toBe(true);
});

test("a project that is renamed goes on with what it has deployed, and why and the clean-up know its new name", async () => {
  await using it = await projectRun("renamed");
  await using session = it.start("dev");
  await session.line(watching);
  let mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced in /, { from: mark });
  const uid = async () => (await getObject(it.namespace, "deployment", "web"))?.metadata.uid;
  const before = await uid();

  mark = session.mark();
  await it.sample.edit("skaffold.yaml", "name: sample", "name: other");
  await session.line(/^(Rebuilt and ready|Applied) in /, { from: mark });
  expect(session.lines.slice(mark).join("\n")).not.toMatch(/belongs to another|Failed/);
  expect(await uid()).toBe(before);
  await served(it, "site/page.html", "second");

  mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>third</p>\n");
  await session.line(/^Synced in /, { from: mark });
  await served(it, "site/page.html", "third");
  expect((await it.run("why", "deployment/web")).text).toContain("deployment/web");

  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(session.text).not.toContain("taken it over");
  expect(await it.leftovers()).toEqual([]);
});
