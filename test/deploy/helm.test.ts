import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { deployArguments, type ReleaseSpec } from "../../src/deploy/helm/arguments.ts";
import { readChart } from "../../src/deploy/helm/chart.ts";
import { driverOf, historyOf } from "../../src/deploy/helm/history.ts";
import { imageVariables } from "../../src/deploy/helm/image-values.ts";
import { postRender } from "../../src/deploy/helm/post-render.ts";
import { objectsOf } from "../../src/deploy/helm/stored-release.ts";
import { tempFolder } from "../rig/temp-folder.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "devloop-chart-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

test("images are told to templates by their place and by their name", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const values = imageVariables([
    { image: "acme/web-app", reference: `reg.local:5000/acme/web-app:v1@${digest}` },
    { image: "worker", reference: "worker:tag" },
  ]);
  expect(values).toMatchObject({
    IMAGE_NAME: "reg.local:5000/acme/web-app",
    IMAGE_REPO: "reg.local:5000/acme/web-app",
    IMAGE_TAG: `v1@${digest}`,
    IMAGE_DIGEST: digest,
    IMAGE_DOMAIN: "reg.local:5000",
    IMAGE_REPO_NO_DOMAIN: "acme/web-app",
    IMAGE_FULLY_QUALIFIED: `reg.local:5000/acme/web-app:v1@${digest}`,
    DIGEST_ALGO: "sha256",
    DIGEST_HEX: "a".repeat(64),
    IMAGE_TAG_acme_web_app: `v1@${digest}`,
    IMAGE_TAG2: "tag",
    IMAGE_REPO2: "worker",
    IMAGE_FULLY_QUALIFIED_worker: "worker:tag",
    IMAGE_DOMAIN_worker: "",
  });
});

test("helm is told of a release in the order in which later values win", () => {
  const spec: ReleaseSpec = {
    name: "web",
    chart: "/charts/web",
    namespace: "shop",
    version: "1.2.3",
    repo: "https://charts.example.com",
    set: [["a", "1"]],
    setFiles: [["b", "/b.txt"]],
    setTemplates: [["c", "web:1"]],
    valuesFiles: ["/values.yaml"],
    overridesFile: "/overrides.yaml",
    createNamespace: true,
    wait: true,
    recreatePods: true,
    useHelmSecrets: true,
    force: true,
  };
  const renderer = ["--post-renderer", "/devloop"];
  expect(deployArguments("install", spec, ["--atomic"], 3, renderer)).toEqual(
    "secrets install web /charts/web --atomic --version 1.2.3 --repo https://charts.example.com --namespace shop --create-namespace --set a=1 --set-file b=/b.txt --set c=web:1 -f /values.yaml -f /overrides.yaml --wait --post-renderer /devloop".split(
      " ",
    ),
  );
  const upgrade = deployArguments("upgrade", spec, [], 3, renderer);
  expect(upgrade.slice(0, 6)).toEqual(["secrets", "upgrade", "web", "/charts/web", "--force", "--recreate-pods"]);
  expect(upgrade).not.toContain("--create-namespace");
  const byFour = deployArguments("upgrade", spec, [], 4, renderer);
  expect(byFour.slice(0, 6)).toEqual([
    "secrets",
    "upgrade",
    "web",
    "/charts/web",
    "--force-replace",
    "--server-side=false",
  ]);
});

describe("a chart", () => {
  const chart = (name: string, more = "") => `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}`;

  test("is its files by content; what helm makes of its dependencies is not", async () => {
    await write({
      "one/Chart.yaml": chart("one", "dependencies: [{name: dep, version: 1.x, repository: https://x}]\n"),
      "one/Chart.lock": "dependencies: [{name: dep, version: 1.4.0, repository: https://x}]\n",
      "one/templates/a.yaml": "a: 1\n",
      "one/charts/own/Chart.yaml": chart("own"),
    });
    const before = readChart(join(folder, "one"));
    expect(Object.keys(before.files).sort()).toEqual([
      "Chart.lock",
      "Chart.yaml",
      "charts/own/Chart.yaml",
      "templates/a.yaml",
    ]);
    expect([before.dependencies, before.lacking]).toEqual([
      [{ name: "dep", version: "1.4.0", repository: "https://x" }],
      ["dep"],
    ]);
    await write({ "one/charts/dep-1.4.0.tgz": "archive" });
    const after = readChart(join(folder, "one"));
    expect([after.files, after.lacking]).toEqual([before.files, []]);
    await write({ "one/templates/a.yaml": "a: 2\n" });
    expect(readChart(join(folder, "one")).files).not.toEqual(before.files);
  });

  test("has the files of the folders beside it that it depends on, and no circle is walked twice", async () => {
    await write({
      "two/Chart.yaml": chart("two", 'dependencies: [{name: three, version: 0.1.0, repository: "file://../three"}]\n'),
      "three/Chart.yaml": chart("three", 'dependencies: [{name: two, version: 0.1.0, repository: "file://../two"}]\n'),
      "three/values.yaml": "x: 1\n",
    });
    const { files, beside } = readChart(join(folder, "two"));
    expect(Object.keys(files).sort()).toEqual(["(three)/Chart.yaml", "(three)/values.yaml", "Chart.yaml"]);
    expect(beside).toEqual([join(folder, "three")]);
  });

  test("has what its links lead to: files by their content, folders with all below them", async () => {
    await write({
      "linked/Chart.yaml": chart("linked"),
      "shared/values.yaml": "x: 1\n",
      "shared/templates/a.yaml": "a: 1\n",
    });
    await symlink("../shared/values.yaml", join(folder, "linked/values.yaml"));
    await symlink("../shared/templates", join(folder, "linked/templates"));
    const before = readChart(join(folder, "linked"));
    expect(Object.keys(before.files).sort()).toEqual(["Chart.yaml", "templates/a.yaml", "values.yaml"]);
    await write({ "shared/values.yaml": "x: 2\n" });
    expect(readChart(join(folder, "linked")).files).not.toEqual(before.files);
  });

  test("is not walked where links lead out of the project, in a circle, or to what is no file", async () => {
    await using outside = await tempFolder();
    await Bun.write(join(outside.path, "deep/secret"), "x");
    await write({ "four/Chart.yaml": chart("four"), "four/templates/a.yaml": "a: 1\n", "common/b.yaml": "b: 1\n" });
    await write({ "skaffold.yaml": "" });
    const at = (name: string) => join(folder, "four", name);
    await symlink(outside.path, at("templates/out"));
    await symlink("..", at("templates/circle"));
    await symlink("/dev/zero", at("templates/endless"));
    await symlink("../../common", at("templates/common"));
    const { files } = readChart(join(folder, "four"));
    expect(Object.keys(files).sort()).toEqual(["Chart.yaml", "templates/a.yaml", "templates/common/b.yaml"]);
  });

  test("that is an archive is its bytes, and one that is not there is one clear error", async () => {
    await write({ "chart.tgz": "bytes" });
    expect(Object.keys(readChart(join(folder, "chart.tgz")).files)).toEqual(["."]);
    expect(() => readChart(join(folder, "absent"))).toThrow("cannot be read: no such file or directory");
    await write({ "empty/README": "" });
    expect(() => readChart(join(folder, "empty"))).toThrow("cannot be read");
  });
});

test("a post-renderer puts images and labels in, and complains of what it cannot read", () => {
  const text = `# Source: a
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "acme/web:old"}, {name: side, image: busybox}]}}}
---
# nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {name: map}
`;
  const complaints: unknown[] = [];
  const plan = { references: { "acme/web": "acme/web:new" }, labels: { team: "shop" } };
  const out = postRender(text, plan, (diagnostic) => complaints.push(diagnostic));
  expect(complaints).toEqual([]);
  expect(out).toContain("image: acme/web:new");
  expect(out).toContain("image: busybox");
  expect(out.match(/team: shop/g)).toHaveLength(1);
  postRender("kind: [", plan, (diagnostic) => complaints.push(diagnostic));
  expect(complaints).not.toEqual([]);
});

test("the program of the post-renderer gives what it made, and ends with 1 where it could not read", async () => {
  await using folder = await tempFolder();
  const plan = join(folder.path, "plan.json");
  await Bun.write(plan, JSON.stringify({ references: { "acme/web": "acme/web:new" }, labels: {} }));
  const render = async (text: string) => {
    const source = JSON.stringify(join(import.meta.dir, "../../src/deploy/helm/post-render.ts"));
    const program = `process.exit(await (await import(${source})).postRenderProgram(process.argv[1]))`;
    const child = Bun.spawn([process.execPath, "-e", program, plan], {
      stdin: Buffer.from(text),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, out, err };
  };
  const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: acme/web}]}\n";
  const good = await render(pod);
  expect(good).toMatchObject({ code: 0, err: "" });
  expect(good.out).toContain("image: acme/web:new");
  const bad = await render(`${pod}---\nkind: [`);
  expect(bad).toMatchObject({ code: 1, out: "" });
  expect(bad.err).toMatch(/^line \d+ of what the chart rendered: /);
});

test("of a release's revisions the newest counts, and the newest that was deployed is kept in mind", () => {
  const revision = (n: number, status: string) => ({ revision: n, status, uid: `u${n}` });
  expect(historyOf([revision(1, "superseded"), revision(10, "failed"), revision(9, "deployed")])).toEqual({
    newest: revision(10, "failed"),
    deployed: revision(9, "deployed"),
  });
  expect(historyOf([revision(1, "pending-install")])).toEqual({ newest: revision(1, "pending-install") });
  expect(
    [undefined, "secret", "secrets", "configmap", "sql", "memory"].map((HELM_DRIVER) => driverOf({ HELM_DRIVER })),
  ).toEqual(["secret", "secret", "secret", "configmap", "other", "other"]);
});

test("a revision's objects are read out of helm's own record, in the namespace that they went to", () => {
  const manifest =
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: other}\n";
  const inner = gzipSync(JSON.stringify({ manifest })).toString("base64");
  const names = (data: string, driver: "secret" | "configmap") =>
    objectsOf(data, driver, "shop").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  expect(names(inner, "configmap")).toEqual(["shop/a", "other/b"]);
  expect(names(Buffer.from(inner).toString("base64"), "secret")).toEqual(["shop/a", "other/b"]);
});
