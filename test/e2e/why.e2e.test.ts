/** `devloop why` after real runs: what was stale, which named part changed, what was reused and on what proof. */
import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { projectRun } from "../rig/project-run.ts";

test("why names what changed and what was reused; values of build args are nowhere in clear", async () => {
  await using it = await projectRun("why");
  const config = await Bun.file(it.sample.path("skaffold.yaml")).text();
  const dockerfile = await Bun.file(it.sample.path("web/Dockerfile")).text();
  const withArg = (value: string) =>
    it.sample.write(
      "skaffold.yaml",
      config.replace("      sync:\n", `      docker:\n        buildArgs:\n          WORD: ${value}\n      sync:\n`),
    );
  await it.sample.write("web/Dockerfile", dockerfile.replace("COPY site", "ARG WORD\nENV WORD=$WORD\nCOPY site"));
  await withArg("first-secret");
  expect((await it.run("run")).code).toBe(0);
  expect((await it.run("why", "web")).text).toContain(`build ${it.sample.image}: never done before`);

  await it.sample.write("web/version.txt", "two\n");
  expect((await it.run("run")).code).toBe(0);
  const file = await it.run("why", "web");
  expect(file.text).toContain(`build ${it.sample.image}: version.txt changed`);
  expect((await it.run("why", "version.txt")).text).toContain(`build ${it.sample.image}`);
  expect((await it.run("why", "configmap/settings")).text).toContain("reused: the cluster has it as applied");

  await withArg("other-secret");
  const run = await it.run("run", "-v", "info");
  expect(run.text).toContain(`build ${it.sample.image}: buildArgs.WORD changed`);
  const told = await it.run("why", "web");
  expect(told.text).toContain("buildArgs.WORD changed");

  const logs = await readdir(it.sample.path(".state"), { recursive: true, withFileTypes: true });
  for (const entry of logs.filter((one) => one.isFile()))
    expect(await Bun.file(`${entry.parentPath}/${entry.name}`).text()).not.toMatch(/(first|other)-secret/);

  expect((await it.run("run")).code).toBe(0);
  expect((await it.run("why", "--pass=9")).code).toBe(1);
  expect((await it.run("why")).text).toMatch(/tasks? reused|nothing was done/);
  const json = await it.run("why", "web", "-o", "json");
  expect(JSON.parse(json.text).kind).toBe("explained");
  const unknown = await it.run("why", "wbe");
  expect(unknown.code).toBe(1);
  expect(unknown.text).toContain("did you mean");
});
