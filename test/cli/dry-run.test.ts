import { expect, test } from "bun:test";
import { commandFolder } from "../rig/command-line.ts";

const files = {
  "skaffold.yaml": `apiVersion: skaffold/v4beta13
kind: Config
metadata: { name: shop }
build:
  tagPolicy: { envTemplate: { template: "v1" } }
  artifacts:
    - { image: web, requires: [{ image: lib, alias: LIB }] }
    - { image: lib }
`,
  Dockerfile: "FROM scratch\nCOPY notes.txt /\n",
  "notes.txt": "a",
};
/** Neither engine nor cluster is there. */
const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

test("a dry run says the tags and asks neither engine nor cluster", async () => {
  using project = commandFolder(files);
  const { code, out, err } = await project.run(["build", "--dry-run"], { env });
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("- web -> web:v1");
  expect(out).toContain("- lib -> lib:v1");
  expect(out).not.toMatch(/build/i);
});

test("a quiet dry run prints the result for scripts", async () => {
  using project = commandFolder(files);
  const { code, out } = await project.run(["build", "--dry-run", "-q"], { env });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    builds: [
      { imageName: "web", tag: "web:v1" },
      { imageName: "lib", tag: "lib:v1" },
    ],
  });
});
