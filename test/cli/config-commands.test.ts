import { expect, test } from "bun:test";
import { join } from "node:path";
import { newest, versions } from "../../src/config/upgrade/versions.ts";
import { commandFolder } from "../rig/command-line.ts";

const files = {
  "skaffold.yaml": `apiVersion: skaffold/v4beta14
kind: Config
build:
  artifacts:
    - image: web
profiles:
  - name: fast
    build:
      tagPolicy:
        sha256: {}
`,
  Dockerfile: "FROM scratch\n",
};

test("schema list names every version, for people and for programs", async () => {
  using made = commandFolder({});
  const list = versions.map((version) => `skaffold/${version}`);
  expect((await made.run(["schema", "list"])).out).toBe(`${list.join("\n")}\n`);
  expect(JSON.parse((await made.run(["schema", "list", "-o", "json"])).out)).toEqual({ versions: list });
});

test("schema get prints the JSON schema of the newest version, or of another one", async () => {
  using made = commandFolder({});
  const all = await made.run(["schema", "get"]);
  expect(JSON.parse(all.out).definitions.SkaffoldConfig.properties.apiVersion.const).toBe(`skaffold/${newest}`);
  const older = JSON.parse((await made.run(["schema", "get", "skaffold/v4beta11"])).out);
  expect(older.definitions.SkaffoldConfig.properties.apiVersion.const).toBe("skaffold/v4beta11");
  const oldest = JSON.parse((await made.run(["schema", "get", "v1alpha1"])).out);
  expect(oldest.properties.apiVersion.const).toBe("skaffold/v1alpha1");
  expect((await made.run(["schema", "get", "v0"])).code).toBe(127);
  expect((await made.run(["schema", "give"])).code).toBe(127);
});

test("config explain shows each value with its line and profile", async () => {
  using made = commandFolder(files);
  expect((await made.run(["config", "explain", "-p", "fast"])).out).toBe(`\
apiVersion: skaffold/v4beta14                     skaffold.yaml:1
kind: Config                                      skaffold.yaml:2
build.artifacts[0].image: web                     skaffold.yaml:5
build.tagPolicy.sha256: {}                        skaffold.yaml:10 (profile fast)
build.local: {}                                   implied
build.artifacts[0].docker.dockerfile: Dockerfile  implied
manifests.rawYaml[0]: k8s/*.yaml                  implied
deploy.kubectl: {}                                implied
`);
});

test("what a terminal would obey in a config or a file name is shown as text by every command that prints it", async () => {
  const evil = "a\u009b2J\u202eb";
  const config = `apiVersion: skaffold/v4beta14
kind: Config
build:
  artifacts:
    - image: web
      context: ${evil}
profiles:
  - name: ${evil}
`;
  using made = commandFolder({
    "skaffold.yaml": config,
    [`${evil}.yaml`]: config,
    [`${evil}/Dockerfile`]: "FROM scratch\n",
  });
  for (const args of [
    ["config", "explain"],
    ["config", "explain", "-o", "json"],
    ["find-configs", "-o", "json"],
    ["inspect", "profiles", "list"],
    ["diagnose"],
  ]) {
    const { out, err } = await made.run(args);
    expect(`${args.join(" ")}: ${out}${err}`).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/);
    expect(out).toMatch(/a(?:\\x9b|\\u009b)2J\\u202eb/);
  }
});

test("config explain chooses a field, also as JSON", async () => {
  using made = commandFolder(files);
  const { out } = await made.run(["config", "explain", "build.tagPolicy", "-p", "fast", "-o", "json"]);
  expect(JSON.parse(out)).toEqual([
    {
      module: "skaffold.yaml#1",
      path: "build.tagPolicy.sha256",
      value: "{}",
      file: "skaffold.yaml",
      line: 10,
      column: 17,
      profile: "fast",
    },
  ]);
  const { code, err } = await made.run(["config", "explain", "biuld"]);
  expect(code).toBe(1);
  expect(err).toContain("did you mean build?");
});

test("find-configs lists what is a config, with its version", async () => {
  using made = commandFolder({
    ...files,
    "api/old.yml": "# old\napiVersion: 'skaffold/v1' # really\nkind: Config\n",
    "api/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\n",
    "api/broken.yaml": "apiVersion: skaffold/v99\n",
    "node_modules/x/skaffold.yaml": files["skaffold.yaml"],
  });
  expect((await made.run(["find-configs"])).out).toBe(`\
CONFIG         VERSION
api/old.yml    skaffold/v1
skaffold.yaml  skaffold/v4beta14
`);
  const { out } = await made.run(["find-configs", "-d", "api", "-o", "json"]);
  expect(JSON.parse(out)).toEqual({ "api/old.yml": "skaffold/v1" });
  expect((await made.run(["find-configs", "-d", "none"])).code).toBe(1);
});

test("options are the flags of every command", async () => {
  using made = commandFolder({});
  const { code, out } = await made.run(["options"]);
  expect(code).toBe(0);
  for (const name of ["verbosity", "color", "interactive", "timestamps"]) expect(out).toContain(`--${name}`);
});

const modules = "../../node_modules";

/** Names of the packages that a package needs, and of those that these need. */
async function compiledIn(folder: string): Promise<string[]> {
  const { dependencies = {} } = await Bun.file(join(import.meta.dir, folder, "package.json")).json();
  const names = Object.keys(dependencies);
  return [...names, ...(await Promise.all(names.map((name) => compiledIn(`${modules}/${name}`)))).flat()];
}

test("credits writes the licence of everything that is compiled in, and says where", async () => {
  using made = commandFolder({});
  const { code, out } = await made.run(["credits", "-d", "out/notices"]);
  expect([code, out]).toEqual([0, "Successfully exported third party notices to out/notices\n"]);
  for (const name of [...(await compiledIn("../..")), "bun"])
    expect(made.read(`out/notices/${name}/LICENSE`)).toMatch(/MIT|Permission to use/);
  const blocked = await made.run(["credits", "-d", "out/notices/yaml/LICENSE"]);
  expect(blocked.code).toBe(1);
  expect(blocked.err).toContain("error: cannot make the folder ");
});
