/**
 * Charts that lie elsewhere: in a registry, in a repository behind an index, and as archives. The real helm, the real
 * registry, the real cluster; what did not change starts no helm.
 */
import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { testCluster } from "../rig/cluster.ts";
import { devloop } from "../rig/devloop.ts";
import { helmByHand, helms, notedHelm } from "../rig/helm-project.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { startRegistry } from "../rig/registry.ts";
import { tempFolder } from "../rig/temp-folder.ts";

/** Writes a chart of one ConfigMap whose data are its version and a value, and packs it. @returns the archive's path */
async function packed({ sample }: ProjectRun, program: string, version: string): Promise<string> {
  await sample.write("chart/Chart.yaml", `apiVersion: v2\nname: settings\nversion: ${version}\nappVersion: "1"\n`);
  await sample.write("chart/values.yaml", "level: none\n");
  await sample.write(
    "chart/templates/map.yaml",
    `apiVersion: v1
kind: ConfigMap
metadata: {name: from-chart}
data: {version: {{ .Chart.Version | quote }}, app: {{ .Chart.AppVersion | quote }}, level: {{ .Values.level | quote }}}
`,
  );
  await helmByHand(program, sample.directory, "package", "chart", "-d", "packed");
  return sample.path("packed", `settings-${version}.tgz`);
}

async function config({ sample }: ProjectRun, chart: string, section = "deploy"): Promise<void> {
  await sample.write(
    "skaffold.yaml",
    `apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: sample}
${section}:
  helm: {releases: [{name: settings, ${chart}}]}
`,
  );
}

describe.each([
  ["helm 3", helms[3]],
  ["helm 4", helms[4]],
])("%s", (name, program) => {
  /** A project with a helm that is noted. */
  async function project(part: string) {
    await using stack = new AsyncDisposableStack();
    const it = stack.use(await projectRun(`${part}${name.slice(-1)}`));
    const folder = stack.use(await tempFolder());
    const { calls, PATH } = await notedHelm(folder.path, program);
    // Nobody's repositories and caches.
    const own = { HELM_CONFIG_HOME: join(folder.path, "config"), HELM_CACHE_HOME: join(folder.path, "cache") };
    const owned = stack.move();
    return {
      it,
      /** Runs a command that has to succeed. @returns what helm was asked for, but for its version */
      async asked(...args: string[]): Promise<string[]> {
        await calls();
        const { code, text } = await devloop(args, { cwd: it.sample.directory, env: { ...it.env, ...own, PATH } });
        if (code !== 0) throw new Error(text);
        return (await calls()).filter((call) => !call.startsWith("version "));
      },
      data: async () =>
        JSON.parse(await kubectl(["-n", it.namespace, "get", "configmap", "from-chart", "-o", "json"], "", testCluster))
          .data,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  test("a chart in a registry is installed, left alone while its version and values are the same, and upgraded", async () => {
    await using registry = await startRegistry();
    await using at = await project("helmoci");
    const { it, asked, data } = at;
    for (const version of ["0.1.0", "0.2.0"]) {
      const archive = await packed(it, program, version);
      await helmByHand(program, it.sample.directory, "push", archive, `oci://${registry.host}/charts`, "--plain-http");
    }
    const flags = "flags: {install: [--plain-http], upgrade: [--plain-http], template: [--plain-http]}";
    const chart = (version: string, level: string) =>
      config(
        it,
        `remoteChart: "oci://${registry.host}/charts/settings", version: ${version}, upgradeOnChange: true, setValues: {level: ${level}}`,
      ).then(() => it.sample.edit("skaffold.yaml", "helm: {", `helm: {${flags}, `));
    await chart("0.1.0", "low");
    expect(await asked("run")).toEqual(["install settings"]);
    expect(await data()).toEqual({ version: "0.1.0", app: "1", level: "low" });
    it.proxy.forget();
    expect([await asked("run"), it.proxy.writes()]).toEqual([[], []]);
    await chart("0.2.0", "high");
    expect(await asked("run")).toEqual(["upgrade settings"]);
    expect(await data()).toEqual({ version: "0.2.0", app: "1", level: "high" });
    expect(await asked("delete")).toEqual(["uninstall settings"]);
  });

  test("a chart of a repository is found by its index; without upgradeOnChange it is installed once", async () => {
    await using at = await project("helmrepo");
    const { it, asked, data } = at;
    await packed(it, program, "0.1.0");
    await packed(it, program, "0.2.0");
    const files = it.sample.path("packed");
    await using server = servedFolder(files);
    await helmByHand(program, it.sample.directory, "repo", "index", "packed", "--url", server.url);
    expect((await readdir(files)).sort()).toEqual(["index.yaml", "settings-0.1.0.tgz", "settings-0.2.0.tgz"]);
    await config(it, `remoteChart: settings, repo: "${server.url}", version: 0.1.0`);
    expect(await asked("run")).toEqual(["install settings"]);
    expect((await data()).version).toBe("0.1.0");
    expect(await asked("run")).toEqual([]);
    await config(it, `remoteChart: settings, repo: "${server.url}", version: 0.2.0`);
    expect(await asked("run")).toEqual([]);
    expect((await data()).version).toBe("0.1.0");
    await config(it, `remoteChart: settings, repo: "${server.url}", version: 0.2.0, upgradeOnChange: true`);
    expect(await asked("run")).toEqual(["upgrade settings"]);
    expect((await data()).version).toBe("0.2.0");
  });

  test("an archive is its bytes, and a chart that is packaged first has the versions that the release gives", async () => {
    await using at = await project("helmtgz");
    const { it, asked, data } = at;
    const archive = await packed(it, program, "0.1.0");
    await config(it, `chartPath: ${archive}`);
    expect(await asked("run")).toEqual([expect.stringMatching(/^install/)]);
    expect(await asked("run")).toEqual([]);
    await it.sample.write("chart/values.yaml", "level: other\n");
    await helmByHand(program, it.sample.directory, "package", "chart", "-d", "packed");
    expect(await asked("run")).toEqual(["upgrade settings"]);
    expect((await data()).level).toBe("other");
    await config(it, 'chartPath: chart, packaged: {version: "9.9.9", appVersion: "seven"}');
    expect(await asked("run")).toEqual([`package ${it.sample.path("chart")}`, "upgrade settings"]);
    expect(await data()).toEqual({ version: "9.9.9", app: "seven", level: "other" });
    expect(await asked("run")).toEqual([]);
  });

  test("a chart of a repository that is only rendered starts helm once", async () => {
    await using at = await project("helmrepor");
    const { it, asked, data } = at;
    await packed(it, program, "0.1.0");
    await using server = servedFolder(it.sample.path("packed"));
    await helmByHand(program, it.sample.directory, "repo", "index", "packed", "--url", server.url);
    await config(
      it,
      `remoteChart: settings, repo: "${server.url}", version: 0.1.0, setValues: {level: x}`,
      "manifests",
    );
    expect(await asked("run")).toEqual(["template settings"]);
    expect(await data()).toEqual({ version: "0.1.0", app: "1", level: "x" });
    expect(await asked("run")).toEqual([]);
  });
});

function servedFolder(folder: string): AsyncDisposable & { readonly url: string } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const file = Bun.file(join(folder, new URL(request.url).pathname));
      return (await file.exists()) ? new Response(file) : new Response("", { status: 404 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) };
}
