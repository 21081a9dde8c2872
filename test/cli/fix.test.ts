import { expect, test } from "bun:test";
import { commandFolder } from "../rig/command-line.ts";

const old = `# the shop
apiVersion: skaffold/v2beta29
kind: Config
build:
  artifacts:
    - image: web # the front
deploy:
  kubectl:
    manifests:
      - k8s/*.yaml
`;
const fixed = `# the shop
apiVersion: skaffold/v4beta14
kind: Config
build:
  artifacts:
    - image: web # the front
manifests:
  rawYaml:
    - k8s/*.yaml
deploy:
  kubectl: {}
`;
const told = `skaffold.yaml:9:5: deploy.kubectl.manifests -> manifests.rawYaml
skaffold.yaml:2:13: skaffold/v2beta29 -> skaffold/v4beta14
`;

test("prints the newest form, says what changed, and leaves the file alone", async () => {
  using made = commandFolder({ "skaffold.yaml": old });
  expect(await made.run(["fix"])).toEqual({ code: 0, out: fixed, err: told });
  expect(made.read("skaffold.yaml")).toBe(old);
});

test("overwrites the file and keeps the old text beside it", async () => {
  using made = commandFolder({ "skaffold.yaml": old });
  const { code, out, err } = await made.run(["fix", "--overwrite"]);
  const words = "New config at version skaffold/v4beta14 generated and written to skaffold.yaml\n";
  expect([code, out]).toEqual([0, words]);
  expect(err).toBe(`${told}the old text is in skaffold.yaml.v2\n`);
  expect(made.read("skaffold.yaml")).toBe(fixed);
  expect(made.read("skaffold.yaml.v2")).toBe(old);
});

test("writes to another file, in the wanted version, from standard input", async () => {
  using made = commandFolder({});
  const args = ["fix", "-f", "-", "-o", "new.yaml", "--version", "skaffold/v4beta11"];
  const { code, out } = await made.run(args, { stdin: old });
  expect([code, out]).toEqual([0, "New config at version skaffold/v4beta11 generated and written to new.yaml\n"]);
  expect(made.read("new.yaml")).toBe(fixed.replace("v4beta14", "v4beta11"));
});

test("a file that is current is printed as it is", async () => {
  using made = commandFolder({ "other.yaml": fixed });
  const err = "config is already version skaffold/v4beta14: other.yaml\n";
  expect(await made.run(["fix", "-f", "other.yaml"])).toEqual({ code: 0, out: fixed, err });
  expect(await made.run(["fix", "-f", "other.yaml", "--overwrite"])).toEqual({ code: 0, out: "", err });
});

test("what cannot be read is an error with its place, and nothing is written", async () => {
  using made = commandFolder({ "skaffold.yaml": "apiVersion: skaffold/v9\nkind: Config\n" });
  const { code, out, err } = await made.run(["fix", "--overwrite"]);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("skaffold.yaml:1:13: error: skaffold/v9 is newer than any version");
});

test("what no rewrite knows is told, and the text is written all the same", async () => {
  using made = commandFolder({ "skaffold.yaml": old.replace("image: web", "image: web\n      colour: red") });
  const { code, out, err } = await made.run(["fix"]);
  expect(code).toBe(1);
  expect(out).toContain("apiVersion: skaffold/v4beta14");
  expect(err).toContain('unknown key "colour"');
});

test("refuses flags that exclude each other and versions that are none", async () => {
  using made = commandFolder({ "skaffold.yaml": old });
  const both = await made.run(["fix", "--overwrite", "-o", "new.yaml"]);
  expect(both.code).toBe(127);
  expect(both.err).toContain("--overwrite and --output cannot be used together");
  const { code, err } = await made.run(["fix", "--version", "v4beta1l"]);
  expect(code).toBe(127);
  expect(err).toContain("did you mean skaffold/v4beta1");
});
