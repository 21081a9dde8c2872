/** Releases by the real helm 3 and helm 4 on the real cluster: installed, left alone, upgraded, undone, rendered. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { testCluster } from "../rig/cluster.ts";
import { devloop } from "../rig/devloop.ts";
import { charts, helmByHand, helms, notedHelm } from "../rig/helm-project.ts";
import { kubectl } from "../rig/kubectl.ts";
import { projectRun } from "../rig/project-run.ts";
import { tempFolder } from "../rig/temp-folder.ts";

describe.each([
  ["helm 3", helms[3]],
  ["helm 4", helms[4]],
])("%s", (_name, program) => {
  test("releases are installed once, upgraded for what changed in them, and uninstalled", async () => {
    await using it = await projectRun("helm");
    await using folder = await tempFolder();
    await charts(it);
    const { calls, PATH } = await notedHelm(folder.path, program);
    const command = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env: { ...it.env, PATH } });
    const get = (...args: string[]) => kubectl(["-n", it.namespace, "get", ...args], "", testCluster);
    const container = async () =>
      JSON.parse(await get("deployment", "web", "-o", "json")).spec.template.spec.containers[0];

    const first = await command("run");
    expect(first.code === 0 ? "" : first.text).toBe("");
    const asked = await calls();
    expect(asked.filter((call) => /^(install|upgrade)/.test(call))).toEqual(["install settings", "install web"]);
    const { image, env } = await container();
    expect(image).toMatch(/:sha256-|@sha256|:[0-9a-f]{12,}/);
    expect(env).toEqual([
      { name: "GREETING", value: "hello" },
      { name: "IMAGE", value: image },
    ]);
    expect(await get("configmap", "base", "from-chart", "hooked", "-o", "name")).toContain("configmap/hooked");
    expect(first.text).toContain("deployment/web is ready");

    it.proxy.forget();
    const again = await command("run");
    expect([again.code, await calls(), it.proxy.writes()]).toEqual([0, [], []]);

    await it.sample.write("values.yaml", "greeting: good evening\n");
    const changed = await command("run");
    expect([changed.code, (await calls()).filter((call) => /^(install|upgrade)/.test(call))]).toEqual([
      0,
      ["upgrade web"],
    ]);
    expect((await container()).env[0].value).toBe("good evening");
    const why = await command("why", "release:web");
    expect(why.text).toContain("values.yaml");

    await it.sample.write("web/version.txt", "two\n");
    expect((await command("run")).code).toBe(0);
    expect((await calls()).filter((call) => /^(install|upgrade)/.test(call))).toEqual(["upgrade web"]);
    expect((await container()).image).not.toBe(image);

    const cleaned = await command("delete");
    expect(cleaned.code === 0 ? "" : cleaned.text).toBe("");
    expect(await get("deployment,configmap,secret", "-o", "name")).toBe(
      "configmap/hooked\nconfigmap/kube-root-ca.crt\n",
    );
  });

  test("a release that was there is taken over, and the clean-up brings back the revision that it had", async () => {
    await using it = await projectRun("helmtaken");
    await using folder = await tempFolder();
    await charts(it);
    const { PATH } = await notedHelm(folder.path, program);
    const command = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env: { ...it.env, PATH } });
    const helm = (...args: string[]) => helmByHand(program, it.sample.directory, ...args, "-n", it.namespace);
    const level = async () => {
      const text = await kubectl([
        "-n",
        it.namespace,
        "get",
        "configmap",
        "from-chart",
        "-o",
        "jsonpath={.data.level}",
      ]);
      return text;
    };
    await helm("install", "settings", "charts/settings", "--set", "level=theirs");
    expect((await command("run")).code).toBe(0);
    expect(await level()).toBe("high");
    const cleaned = await command("delete");
    expect(cleaned.text).toContain("rolled back to revision 1");
    expect([cleaned.code, await level()]).toEqual([0, "theirs"]);
    expect(JSON.parse(await helm("list", "-o", "json")).map(({ name }: { name: string }) => name)).toEqual([
      "settings",
    ]);
  });

  test("a release that a killed helm left half done is told with its cure, and continued by --force or where it is ours", async () => {
    await using it = await projectRun("helmhalf");
    await using folder = await tempFolder();
    await charts(it);
    const { PATH } = await notedHelm(folder.path, program);
    const command = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env: { ...it.env, PATH } });
    const secrets = ["-n", it.namespace, "get", "secret", "-l", "owner=helm,name=settings", "-o", "name"];
    // As a helm leaves it that is killed in the middle of an upgrade: the newest record says that it is pending.
    const pending = async (from: string, to: string) => {
      const name = `sh.helm.release.v1.settings.v${from}`;
      const record = JSON.parse(await kubectl(["-n", it.namespace, "get", "secret", name, "-o", "json"]));
      const release = JSON.parse(
        gunzipSync(Buffer.from(Buffer.from(record.data.release, "base64").toString(), "base64")).toString(),
      );
      const next = { ...release, version: Number(to), info: { ...release.info, status: "pending-upgrade" } };
      const data = Buffer.from(gzipSync(JSON.stringify(next)).toString("base64")).toString("base64");
      const labels = { ...record.metadata.labels, version: to, status: "pending-upgrade" };
      const metadata = { name: `sh.helm.release.v1.settings.v${to}`, namespace: it.namespace, labels };
      const secret = {
        apiVersion: "v1",
        kind: "Secret",
        type: "helm.sh/release.v1",
        metadata,
        data: { release: data },
      };
      await kubectl(["create", "-f", "-"], JSON.stringify(secret));
    };
    expect((await command("run")).code).toBe(0);
    await pending("1", "2");
    const ours = await command("run");
    expect(ours.code === 0 ? "" : ours.text).toBe("");
    expect(ours.text).toContain("settings is pending-upgrade at revision 2, and is continued");
    // Another home of devloop does not know that the release is its own.
    const newest = (await kubectl(secrets)).trim().split("\n").length;
    await pending(String(newest), String(newest + 1));
    const stranger = { ...it.env, PATH, DEVLOOP_HOME: join(folder.path, "home") };
    const other = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env: stranger });
    const refused = await other("run");
    expect(refused.code).toBe(1);
    expect(refused.text).toContain("the release settings is pending-upgrade");
    expect(refused.text).toMatch(/helm rollback settings \d+ -n .*--force/);
    const forced = await other("run", "--force");
    expect(forced.code === 0 ? "" : forced.text).toBe("");
  });

  test("releases of manifests.helm are rendered and applied, helm starts for a change alone, and render prints them", async () => {
    await using it = await projectRun("helmrender");
    await using folder = await tempFolder();
    await charts(it);
    await it.sample.edit("skaffold.yaml", "deploy:\n  helm:", "manifests:\n  helm:");
    await it.sample.edit("skaffold.yaml", "{level: high}", '{level: high}\n        namespace: "{{.SPACE}}"');
    const { calls, PATH } = await notedHelm(folder.path, program);
    const env = { ...it.env, PATH, SPACE: it.namespace, DEVLOOP_NAMESPACE: undefined };
    const command = (...args: string[]) => devloop(args, { cwd: it.sample.directory, env });
    const get = (...args: string[]) => kubectl(["-n", it.namespace, "get", ...args], "", testCluster);
    const container = async () =>
      JSON.parse(await get("deployment", "web", "-o", "json")).spec.template.spec.containers[0];
    await it.sample.edit("skaffold.yaml", "        dependsOn: [settings]", '        namespace: "{{.SPACE}}"');

    const first = await command("run");
    expect(first.code === 0 ? "" : first.text).toBe("");
    expect((await calls()).filter((call) => !/^version/.test(call)).sort()).toEqual([
      expect.stringMatching(/^dependency build/),
      "template settings",
      "template web",
    ]);
    const { image, env: variables } = await container();
    expect(variables[1].value).toBe(image);
    expect(await get("configmap", "base", "from-chart", "hooked", "-o", "name")).toContain("configmap/from-chart");
    expect(await get("secret", "-l", "owner=helm", "-o", "name")).toBe("");

    it.proxy.forget();
    const again = await command("run");
    expect([again.code, await calls(), it.proxy.writes()]).toEqual([0, [], []]);

    await it.sample.write("values.yaml", "greeting: good evening\n");
    expect((await command("run")).code).toBe(0);
    expect(await calls()).toEqual(["template web"]);
    expect((await container()).env[0].value).toBe("good evening");

    const file = join(folder.path, "out.yaml");
    const printed = await command("render", "--offline", "--digest-source=none", "-o", file);
    expect(printed.code === 0 ? "" : printed.text).toBe("");
    const text = await Bun.file(file).text();
    expect(text).toContain(`namespace: ${it.namespace}`);
    expect(text).toContain("value: good evening");
    const cleaned = await command("delete");
    expect(cleaned.code === 0 ? "" : cleaned.text).toBe("");
    expect(await get("deployment,configmap", "-o", "name")).toBe("configmap/kube-root-ca.crt\n");
  });
});

test("hooks of releases run on this machine and in containers, around them, and a failing one is told by its last lines", async () => {
  await using it = await projectRun("helmhooks");
  await charts(it);
  await it.sample.edit(
    "skaffold.yaml",
    "deploy:\n  helm:",
    `deploy:
  helm:
    hooks:
      before:
        - host: {command: [sh, -c, 'echo host before $SKAFFOLD_NAMESPACES']}
        - container: {podName: web-*, command: [sh, -c, "echo never"]}
      after:
        - container: {podName: "web-*", containerName: "w?b", command: [sh, -c, "echo inside; echo to-stderr >&2"]}
        - host: {command: [sh, -c, 'echo host after']}`,
  );
  const first = await it.run("run");
  expect(first.code === 0 ? "" : first.text).toBe("");
  const order = (first.text.match(/host before \S+|matches web-\S+|web is ready|inside|host after/g) ?? []).filter(
    (word, i, all) => all.indexOf(word) === i,
  );
  expect(order).toEqual([`host before ${it.namespace}`, "matches web-*/*", "web is ready", "inside", "host after"]);
  expect(first.text).toContain("to-stderr");
  await it.sample.edit("skaffold.yaml", "echo inside; echo to-stderr >&2", "echo broken inside >&2; exit 3");
  const broken = await it.run("run");
  expect(broken.code).toBe(1);
  expect(broken.text).toMatch(/post-deploy failed in the container web of pod web-\S+ with exit code 3/);
  expect(broken.text).toContain("broken inside");
  expect(broken.text).not.toContain("host after");
});

test("render prints what releases would install", async () => {
  await using it = await projectRun("helmprint");
  await charts(it);
  const printed = await it.run("render", "--offline", "--digest-source=none");
  expect(printed.code === 0 ? "" : printed.text).toBe("");
  expect(printed.text).toContain("name: from-chart");
  expect(printed.text).toContain("value: hello");
});
