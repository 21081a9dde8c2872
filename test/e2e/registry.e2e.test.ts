/** Images through a real registry: pushed once, found again by their digest, tagged by the policy. */
import { expect, test } from "bun:test";
import { projectRun } from "../rig/project-run.ts";
import { startRegistry } from "../rig/registry.ts";
import { docker } from "../rig/scratch-image.ts";

interface Built {
  readonly builds: readonly { readonly imageName: string; readonly tag: string }[];
}

function resultOf(text: string): Built {
  return JSON.parse(text.split("\n").findLast((line) => line.startsWith("{")) ?? "{}");
}

test("build --push pushes what the registry lacks, by tag and digest, and nothing a second time", async () => {
  await using registry = await startRegistry();
  await using it = await projectRun("registry");
  const repository = it.sample.image.replaceAll("/", "_");
  const args = ["--push", "-d", registry.host, "-q"] as const;
  const first = await it.run("build", ...args);
  expect(first.code).toBe(0);
  const [built] = resultOf(first.text).builds;
  expect(built?.imageName).toBe(it.sample.image);
  const [, tag, digest] = /^localhost:\d+\/[^:]+:([^@]+)@(sha256:[0-9a-f]{64})$/.exec(built?.tag ?? "") ?? [];
  expect(tag).toMatch(/^sha256-[0-9a-f]{12}$/);
  expect(await registry.digest(repository, tag ?? "")).toBe(digest as string);

  const again = await it.run("build", "--push", "-d", registry.host);
  expect(again.code).toBe(0);
  expect(again.text).not.toContain("Pushed");
  expect(again.text).not.toContain("Building [");

  // What is gone from the engine is found in the registry by a deploy's looks, and rendered by digest.
  const rendered = await it.run("render", "-d", registry.host, "--digest-source", "remote", "--offline");
  expect(rendered.text).toContain(`image: ${built?.tag}`);

  await it.sample.write("web/version.txt", "two\n");
  const changed = await it.run("build", ...args);
  expect(resultOf(changed.text).builds[0]?.tag).not.toBe(built?.tag);
  const ours = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
  await docker("rmi", "-f", ...ours.filter((name) => name.startsWith(registry.host)));
});

test("a registry that is not there is one clear error that names it", async () => {
  await using it = await projectRun("noregistry");
  const { code, text } = await it.run("build", "--push", "-d", "localhost:9");
  expect(code).toBe(1);
  expect(text).toMatch(/localhost:9/);
  expect(text).not.toMatch(/^\s+at /m);
});
