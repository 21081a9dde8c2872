/**
 * What happened between two `dev` sessions, by somebody's hand or to the files: the next start puts right exactly that,
 * counted in writes at the proxy, and the last clean-up leaves the cluster as it was before the first session.
 */
import { expect, test } from "bun:test";
import { eventually } from "../rig/eventually.ts";
import { foreignThings } from "../rig/foreign.ts";
import { getObject, kubectl, testNamespace } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

const watching = /^Watching for changes/;

/** One whole session that does `work` once it watches; its output. */
async function session(
  it: ProjectRun,
  args: readonly string[],
  work: (mark: () => number, line: (pattern: RegExp, from: number) => Promise<string>) => Promise<unknown> = async () =>
    undefined,
): Promise<string> {
  await using dev = it.start("dev", ...args);
  await dev.line(watching);
  await work(
    () => dev.mark(),
    (pattern, from) => dev.line(pattern, { from }),
  );
  dev.interrupt();
  expect(await dev.exit()).toBe(0);
  return dev.text;
}

/** `PATCH configmaps/settings`, in the order of their names. */
function writes(it: ProjectRun): string[] {
  return it.proxy
    .writes()
    .map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`)
    .sort();
}

async function served(it: ProjectRun, path: string, text: string): Promise<void> {
  await eventually(`${path} says ${text}`, async () =>
    (await it.served("web:80", path)).includes(text) ? true : undefined,
  );
}

test("changed by hand between sessions: the next start writes exactly these three and touches nothing foreign", async () => {
  await using it = await projectRun("between");
  await using foreign = await foreignThings(it.namespace);
  const before = await foreign.state();
  await session(it, ["--cleanup=false"]);
  const made = await getObject(it.namespace, "service", "web");

  await kubectl(["-n", it.namespace, "patch", "configmap", "settings", "-p", '{"data":{"GREETING":"by hand"}}']);
  await kubectl(["-n", it.namespace, "scale", "deployment", "web", "--replicas=2"]);
  await kubectl(["-n", it.namespace, "delete", "service", "web"]);
  it.proxy.forget();
  const repaired = await session(it, ["--cleanup=false"]);
  expect(writes(it)).toEqual(["PATCH configmaps/settings", "PATCH deployments/web", "PATCH services/web"]);
  expect(repaired).not.toContain("Building [");
  expect((await getObject(it.namespace, "configmap", "settings")).data).toEqual({ GREETING: "hello" });
  expect((await getObject(it.namespace, "deployment", "web")).spec.replicas).toBe(1);
  expect((await getObject(it.namespace, "service", "web")).metadata.uid).not.toBe(made.metadata.uid);
  await served(it, "version.txt", "one");

  it.proxy.forget();
  await session(it, ["--cleanup=false"]);
  expect(writes(it)).toEqual([]);

  await session(it, []);
  expect(await kubectl(["-n", it.namespace, "get", "all,configmap", "-l", "devloop.dev/owner", "-o", "name"])).toBe("");
  expect(await foreign.state()).toBe(before);
});

test("a page synced, left and reverted between sessions is served reverted, with no object written", async () => {
  await using it = await projectRun("reverted");
  await session(it, ["--cleanup=false"], async (mark, line) => {
    const from = mark();
    await it.sample.write("web/site/page.html", "<p>changed</p>\n");
    await line(/^Synced in /, from);
    await served(it, "site/page.html", "changed");
  });
  await it.sample.write("web/site/page.html", "<p>first</p>\n");
  it.proxy.forget();
  await session(it, [], () => served(it, "site/page.html", "first"));
  // Nothing but the clean-up wrote.
  expect(writes(it)).toEqual(["DELETE configmaps/settings", "DELETE deployments/web", "DELETE services/web"]);
});

test("clean-up after two sessions that left everything: nothing of ours stays, theirs is as it was", async () => {
  await using it = await projectRun("leaving");
  await using foreign = await foreignThings(it.namespace);
  const theirs = { GREETING: "theirs", KEPT: "theirs" };
  await kubectl(
    ["-n", it.namespace, "apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: theirs }),
  );
  const settings = async () => {
    const { metadata, data } = await getObject(it.namespace, "configmap", "settings");
    const { uid, labels, annotations } = metadata;
    return { uid, labels, annotations, data };
  };
  const [before, was] = [await foreign.state(), await settings()];

  await session(it, ["--cleanup=false"]);
  await it.sample.edit("k8s/app.yaml", "GREETING: hello", "GREETING: welcome\n  ADDED: ours");
  await session(it, ["--cleanup=false"]);
  expect((await settings()).data).toMatchObject({ GREETING: "welcome", ADDED: "ours" });

  it.proxy.forget();
  await session(it, []);
  const touched = new Set(writes(it).map((write) => write.split(" ")[1]));
  expect(touched).toEqual(new Set(["configmaps/settings", "deployments/web", "services/web"]));
  expect(await settings()).toEqual(was);
  const managers = JSON.stringify(
    (await getObject(it.namespace, "configmap", "settings")).metadata.managedFields ?? [],
  );
  expect(managers).not.toContain('"manager":"devloop');
  expect(await kubectl(["-n", it.namespace, "get", "all,configmap", "-l", "devloop.dev/owner", "-o", "name"])).toBe("");
  expect(await foreign.state()).toBe(before);
});

test("sessions in two namespaces at once keep apart what they synced: both serve a revert", async () => {
  await using it = await projectRun("apart");
  await using second = await testNamespace("apart");
  const places = [it.namespace, second.name];
  const page = (namespace: string) =>
    kubectl(["get", "--raw", `/api/v1/namespaces/${namespace}/services/web:80/proxy/site/page.html`]);
  const both = async (args: readonly string[], text: string, save?: () => Promise<void>) => {
    await using sessions = new AsyncDisposableStack();
    const all = places.map((namespace) => sessions.use(it.start("dev", "-n", namespace, ...args)));
    await Promise.all(all.map((one) => one.line(watching)));
    const marks = all.map((one) => one.mark());
    await save?.();
    if (save) await Promise.all(all.map((one, i) => one.line(/^Synced in /, { from: marks[i] ?? 0 })));
    for (const namespace of places)
      await eventually(`${namespace} says ${text}`, async () =>
        (await page(namespace)).includes(text) ? true : undefined,
      );
    // One after another: the later one ends on what the earlier one wrote.
    for (const one of all) {
      one.interrupt();
      expect(await one.exit()).toBe(0);
    }
  };
  await both(["--cleanup=false"], "changed", () => it.sample.write("web/site/page.html", "<p>changed</p>\n"));
  await it.sample.write("web/site/page.html", "<p>first</p>\n");
  await both([], "first");
});
