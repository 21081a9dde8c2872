/** When helm is started for releases that are only rendered, and when not. A fake on PATH counts. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "../../../src/config/release.ts";
import type { RenderWork } from "../../../src/phase/deploy/render.ts";
import { chartSources } from "../../../src/phase/helm/chart-manifests.ts";
import { type Fakes, fakes } from "../../rig/fake-program.ts";
import { at, kustomizations } from "../kustomizations.ts";

const path = process.env.PATH;
let on: Fakes;
beforeEach(async () => {
  on = await fakes();
  await on.add(
    "helm",
    `case $1 in
version) echo v3.19.0 ;;
template) printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s}\\n' "$(cat "$3/name.txt")" ;;
esac`,
  );
  process.env.PATH = `${join(on.home, "bin")}:${path}`;
});
afterEach(async () => {
  process.env.PATH = path;
  await on[Symbol.asyncDispose]();
});
const starts = async () => (await on.calls()).map((call) => call.split(" ").slice(0, 3).join(" "));

const text = (value: string) => ({ text: value, at, missing: "print" as const });
function release(cwd: string, more: Partial<Release> = {}): Release {
  return {
    name: "web",
    chart: { kind: "local", path: join(cwd, "chart") },
    valuesFiles: [],
    setValues: [],
    setValueTemplates: [],
    setFiles: [],
    createNamespace: false,
    wait: false,
    recreatePods: false,
    skipBuildDependencies: false,
    skipTests: false,
    useHelmSecrets: false,
    upgradeOnChange: true,
    dependsOn: [],
    directory: cwd,
    at,
    ...more,
  };
}

function charts(releases: readonly Release[], images: readonly string[] = []): NonNullable<RenderWork["charts"]> {
  return {
    releases,
    work: {
      module: "app",
      images,
      flags: { global: [], install: [], upgrade: [], depBuild: [], template: [] },
      expand: ({ text: template }, variables) =>
        template.replace(/\{\{\.(\w+)\}\}/g, (_, name: string) => variables[name] ?? "<no value>"),
      seal: (value) => value,
    },
  };
}

async function chart(more: (cwd: string) => Partial<RenderWork>) {
  const modules: Record<string, Partial<RenderWork>> = {};
  const all = await kustomizations(modules);
  modules.app = more(all.cwd);
  await all.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
  await all.write("chart/name.txt", "one");
  return { ...all, modules };
}

test("a warm start starts no helm, and a session only for the chart's own files, values and program", async () => {
  await using all = await chart((cwd) => ({ charts: charts([release(cwd, { valuesFiles: [text("values.yaml")] })]) }));
  await all.write("values.yaml", "a: 1\n");
  {
    await using session = await all.session();
    const first = await session.pass({ paths: [], lost: true });
    expect([first.failed, session.names(first)]).toEqual([[], ["one"]]);
    expect(await starts()).toEqual(["helm version --template", "helm template web"]);
  }
  {
    await using session = await all.session();
    expect(session.names(await session.pass({ paths: [], lost: true }))).toEqual(["one"]);
    expect(await starts()).toHaveLength(2);
    await session.pass({ paths: [{ path: join(all.cwd, "main.go") }] });
    expect(await starts()).toHaveLength(2);
    await all.write("chart/name.txt", "two");
    const changed = await session.pass({ paths: [{ path: join(all.cwd, "chart/name.txt") }] });
    expect([session.names(changed), (await starts()).slice(2)]).toEqual([["two"], ["helm template web"]]);
    await all.write("values.yaml", "a: 2\n");
    await session.pass({ paths: [{ path: join(all.cwd, "values.yaml") }] });
    expect((await starts()).slice(3)).toEqual(["helm template web"]);
  }
  utimesSync(join(on.home, "bin/helm"), 1, 1);
  await using session = await all.session();
  await session.pass({ paths: [], lost: true });
  // The same version all the same: what it made holds.
  expect((await starts()).slice(4)).toEqual(["helm version --template"]);
});

test("a chart of no pinned version is rendered once in each session", async () => {
  await using all = await chart((cwd) => ({
    charts: charts([release(cwd, { chart: { kind: "remote", name: join(cwd, "chart") } })]),
  }));
  for (const nth of [1, 2]) {
    await using session = await all.session();
    await session.pass({ paths: [], lost: true });
    await session.pass({ paths: [] });
    expect((await starts()).filter((call) => call.startsWith("helm template"))).toHaveLength(nth);
  }
});

test("hooks around rendering may write what the chart reads, so it is rendered behind them", async () => {
  await using all = await chart((cwd) => ({
    charts: charts([release(cwd)]),
    hooks: {
      before: [{ command: ["sh", "-c", "printf hooked >chart/name.txt"], os: [], dir: cwd, at }],
      after: [],
    },
  }));
  await using session = await all.session();
  expect(session.names(await session.pass({ paths: [], lost: true }))).toEqual(["hooked"]);
});

test("a failure has the release's place", async () => {
  const setValueTemplates = [[text("password"), text("hunter22")]] as const;
  await using all = await chart((cwd) => ({ charts: charts([release(cwd, { setValueTemplates })]) }));
  await on.add("helm", "[ $1 = version ] && echo v3.19.0 || { echo 'Error: no hunter22' >&2; exit 1; }");
  await using session = await all.session();
  const { failed } = await session.pass({ paths: [], lost: true });
  expect(failed.map(({ task }) => task)).toEqual(["template:app/web"]);
  expect(failed[0]?.diagnostics[0]).toMatchObject({ at, details: ["Error: no ***"] });
  expect(JSON.stringify(failed)).not.toContain("hunter22");
});

test("a release waits for the images that its values name and for no others", () => {
  const [source] = chartSources(
    charts(
      [release("/x", { setValueTemplates: [[text("image"), text("{{ .IMAGE_TAG2 }}")]], name: "r" })],
      ["web", "side"],
    ),
  );
  expect(source?.deliveries).toEqual(["deliver:side"]);
});

test("two rendered releases of one name are refused", () => {
  expect(() => chartSources(charts([release("/x"), release("/x")]))).toThrow("two releases are called web");
});
