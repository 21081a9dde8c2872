/** Modules on disk: order, paths, profiles, and what is refused. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { GitRequest, LoadOptions } from "../../src/config/load/options.ts";
import { configFolder, header, loadFiles } from "../rig/config-files.ts";

const module = (name: string, more = "") => `${header}metadata: {name: ${name}}\n${more}`;
const names = async (files: Record<string, string>, options: Partial<LoadOptions> = {}) => {
  const { project, printed } = await loadFiles(files, options);
  return project ? project.modules.map(({ id }) => id).join(" ") : printed;
};

test("required modules come first, each once", async () => {
  const files = {
    "skaffold.yaml": module("root", "requires: [{path: a}, {path: b/skaffold.yaml}]\n"),
    "a/skaffold.yaml": module("a", "requires: [{path: ../shared}]\n"),
    "b/skaffold.yaml": module("b", "requires: [{path: ../shared, configs: [lib]}]\n"),
    "shared/skaffold.yaml": module("lib"),
  };
  expect(await names(files)).toBe("lib a b root");
});

test("several documents of one file; a requirement without a path means the same file", async () => {
  const files = {
    "skaffold.yaml": [module("web", "requires: [{configs: [base]}]\n"), module("base"), module("other")].join("---\n"),
  };
  expect(await names(files)).toBe("base web other");
  expect(await names(files, { modules: ["web"] })).toBe("base web");
  expect(await names(files, { modules: ["other"] })).toBe("other");
  expect(await names({ "skaffold.yaml": `${module("a", "requires: [{}]\n")}---\n${module("b")}` })).toBe("b a");
});

test("a module without a name is known by its file and number", async () => {
  expect(await names({ "skaffold.yaml": `${header}---\n${header}` })).toBe("skaffold.yaml#1 skaffold.yaml#2");
});

test("only the named configs of a file, and of a tree only what they need", async () => {
  const files = {
    "skaffold.yaml": module("root", "requires: [{path: a, configs: [two]}]\n"),
    "a/skaffold.yaml": `${module("one")}---\n${module("two")}`,
  };
  expect(await names(files)).toBe("two root");
  expect(await names(files, { modules: ["two"] })).toBe("two");
});

test("relative paths: of the root from where devloop was started, of a required config from its folder", async () => {
  const sections =
    "build: {artifacts: [{image: NAME, context: src}]}\nmanifests: {rawYaml: [k8s/a.yaml, 'https://x/y.yaml', /abs.yaml, ~/home.yaml]}\n";
  const files = {
    "config/skaffold.yaml": module("root", `requires: [{path: ../lib}]\n${sections.replace("NAME", "root")}`),
    "lib/skaffold.yaml": module("lib", sections.replace("NAME", "lib")),
  };
  const { project, folder } = await loadFiles(files, {
    file: "config/skaffold.yaml",
    environment: { HOME: "/home/me" },
  });
  const [lib, root] = project?.modules ?? [];
  expect(lib?.artifacts[0]?.context).toBe(join(folder, "lib/src"));
  expect(root?.artifacts[0]?.context).toBe(join(folder, "src"));
  expect(lib?.manifests.rawYaml.map(({ pattern }) => pattern)).toEqual([
    join(folder, "lib/k8s/a.yaml"),
    "https://x/y.yaml",
    "/abs.yaml",
    "/home/me/home.yaml",
  ]);
  expect(project?.files).toContain(join(folder, "lib/skaffold.yaml"));
});

test("a renderer and a deployer are implied only in a run of one module", async () => {
  const files = { "skaffold.yaml": `${module("a")}---\n${module("b", "deploy: {kubectl: {}}\n")}` };
  const several = (await loadFiles(files)).project?.modules;
  expect(several?.map(({ deploy, manifests }) => [deploy.kubectl !== undefined, manifests.rawYaml.length])).toEqual([
    [false, 0],
    [true, 0],
  ]);
  const alone = (await loadFiles(files, { modules: ["a"] })).project?.modules;
  expect(alone?.map(({ deploy, manifests }) => [deploy.kubectl !== undefined, manifests.rawYaml.length])).toEqual([
    [true, 1],
  ]);
});

const withProfile = (name: string, more = "") =>
  module(name, `${more}profiles: [{name: fast, build: {local: {concurrency: 0}}}]\n`);

test("profiles: propagated by name, mapped by activeProfiles", async () => {
  const requires = (mapping: string) => `requires: [{path: lib, activeProfiles: [${mapping}]}]\n`;
  const profilesOf = async (mapping: string, options: Partial<LoadOptions>) => {
    const files = {
      "skaffold.yaml": withProfile("root", mapping === "" ? "requires: [{path: lib}]\n" : requires(mapping)),
      "lib/skaffold.yaml": withProfile("lib"),
    };
    return (await loadFiles(files, options)).project?.modules.map(({ profiles }) => profiles.join());
  };
  expect(await profilesOf("", { profiles: ["fast"] })).toEqual(["fast", "fast"]);
  expect(await profilesOf("", { profiles: ["fast"], propagateProfiles: false })).toEqual(["", "fast"]);
  expect(await profilesOf("{name: fast}", {})).toEqual(["fast", ""]);
  expect(await profilesOf("{name: fast, activatedBy: [fast]}", {})).toEqual(["", ""]);
  expect(
    await profilesOf("{name: fast, activatedBy: [fast]}", { profiles: ["fast"], propagateProfiles: false }),
  ).toEqual(["fast", "fast"]);
});

test.each<[string, Record<string, string>, string]>([
  [
    "a circle",
    {
      "skaffold.yaml": module("root", "requires: [{path: a}]\n"),
      "a/skaffold.yaml": module("a", "requires: [{path: ../b}]\n"),
      "b/skaffold.yaml": module("b", "requires: [{path: ../a}]\n"),
    },
    "b/skaffold.yaml:4:12: error: modules require each other in a circle: a -> b -> a",
  ],
  [
    "an unknown module",
    { "skaffold.yaml": module("root", "requires: [{path: a, configs: [lbi]}]\n"), "a/skaffold.yaml": module("lib") },
    'skaffold.yaml:4:32: error: there is no module "lbi" in that file',
  ],
  [
    "two of one name",
    { "skaffold.yaml": module("one", "requires: [{path: a}]\n"), "a/skaffold.yaml": module("one") },
    "a/skaffold.yaml:3:18: error: there are two modules named one, the other in skaffold.yaml:1",
  ],
  [
    "one under two sets of profiles",
    {
      "skaffold.yaml": module("root", "requires: [{path: a, activeProfiles: [{name: fast}]}, {path: a}]\n"),
      "a/skaffold.yaml": withProfile("lib"),
    },
    "skaffold.yaml:4:55: error: lib is required with the profiles none, but elsewhere with fast",
  ],
  [
    "a profile that the file does not have",
    {
      "skaffold.yaml": module("root", "requires: [{path: a, activeProfiles: [{name: fats}]}]\n"),
      "a/skaffold.yaml": withProfile("lib"),
    },
    'skaffold.yaml:4:46: error: that file has no profile "fats"',
  ],
  [
    "a file that is not there",
    { "skaffold.yaml": module("root", "requires: [{path: ./nope}]\n") },
    "skaffold.yaml:4:19: error: nope is not there",
  ],
  [
    "mistakes in a required file",
    { "skaffold.yaml": module("root", "requires: [{path: a}]\n"), "a/skaffold.yaml": module("lib", "biuld: {}\n") },
    'a/skaffold.yaml:4:1: error: unknown key "biuld"',
  ],
])("%s is refused", async (_name, files, complaint) => {
  expect(await names(files)).toContain(complaint);
});

test("an unknown --module is told with what there is", async () => {
  expect(await names({ "skaffold.yaml": module("web") }, { modules: ["wbe"] })).toBe(
    'error: there is no module "wbe"\n  hint: did you mean web?',
  );
});

test("git: the repository is asked for once a requirement, with ref and sync; paths are in the clone", async () => {
  using clone = configFolder({
    "skaffold.yaml": module("lib", "build: {artifacts: [{image: lib}]}\n"),
    "deep/other.yaml": module("other"),
  });
  const asked: GitRequest[] = [];
  const { project } = await loadFiles(
    {
      "skaffold.yaml": module(
        "root",
        "requires: [{git: {repo: 'git@host:x.git', ref: v1, sync: false}}, {git: {repo: r, path: deep/other.yaml}}]\n",
      ),
    },
    {
      fetchGit: async (request) => {
        asked.push(request);
        return clone.folder;
      },
    },
  );
  expect(asked).toEqual([{ repo: "git@host:x.git", ref: "v1", sync: false }, { repo: "r" }]);
  expect(project?.modules.map(({ name }) => name)).toEqual(["lib", "other", "root"]);
  expect(project?.modules[0]?.artifacts[0]?.context).toBe(clone.folder);
});

test("a failing fetch is told where it is required", async () => {
  const { Failure } = await import("../../src/diag/failure.ts");
  const { printed } = await loadFiles(
    { "skaffold.yaml": module("root", "requires: [{git: {repo: r}}]\n") },
    {
      fetchGit: () => Promise.reject(new Failure("no such repository")),
    },
  );
  expect(printed).toContain("skaffold.yaml:4:18: error: no such repository");
});

test("standard input and addresses", async () => {
  const stdin = await loadFiles(
    {},
    { file: "-", text: module("piped", "build: {artifacts: [{image: a, context: x}]}\n") },
  );
  expect(stdin.project?.modules[0]?.artifacts[0]?.context).toBe(join(stdin.folder, "x"));
  const fetched = await loadFiles({}, { file: "https://h/c.yaml", fetchText: async () => module("far") });
  expect(fetched.project).toMatchObject({ name: "far", file: "https://h/c.yaml" });
  const broken = await loadFiles({}, { file: "-", text: "a: [" });
  expect(broken.printed).toStartWith("<stdin>:1:5: error: not valid YAML");
});

test("the project is called as the first module of its root file, whichever are chosen", async () => {
  const files = {
    "skaffold.yaml": `${module("root", "requires: [{configs: [other]}, {path: part}]\n")}---\n${module("other")}`,
    "part/skaffold.yaml": module("part"),
  };
  for (const modules of [[], ["root"], ["other"], ["part"]])
    expect((await loadFiles(files, { modules })).project?.name).toBe("root");
});

test("names of the root file, in order of preference", async () => {
  const which = async (files: Record<string, string>, options: Partial<LoadOptions> = {}) =>
    (await loadFiles(files, options)).project?.name;
  const [a, b, c] = [module("a"), module("b"), module("c")];
  expect(await which({ "skaffold.yaml": a, "skaffold.yml": b, "devloop.yaml": c })).toBe("a");
  expect(await which({ "skaffold.yml": b, "devloop.yaml": c })).toBe("b");
  expect(await which({ "devloop.yaml": c })).toBe("c");
  expect(await which({ "x/skaffold.yml": b }, { file: "x" })).toBe("b");
  expect(await which({ "x/skaffold.yml": b }, { file: "x/skaffold.yaml" })).toBe("b");
  expect((await loadFiles({})).printed).toStartWith(
    "error: there is no skaffold.yaml, skaffold.yml or devloop.yaml in $DIR",
  );
});
