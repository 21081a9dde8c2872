/** Images that vanished from the engine but not from the nodes, and builds that start from them. */
import { expect, test } from "bun:test";
import { FakeArtifacts } from "../fake-artifacts.ts";

const chain = () => new FakeArtifacts({ base: [], mid: ["base"], web: ["mid"] });

test("a required image that only the node has is built again for a build that starts from it", async () => {
  const all = new FakeArtifacts({ base: [], web: ["base"] });
  expect((await all.pass()).built).toEqual(["base", "web"]);
  all.prune("base", "web");
  all.files.web = "two";
  const pass = await all.pass();
  expect(pass).toMatchObject({ built: ["base", "web"], failed: [] });
  expect(pass.why["build:base"]).toMatch(/is on the node, but the engine lacks it and the build of web starts from it/);
});

test("nothing is built again while nothing starts from what vanished", async () => {
  const all = chain();
  await all.pass();
  all.prune("base", "mid", "web");
  expect(await all.pass()).toMatchObject({ built: [], failed: [], why: {} });
});

test("in a chain, everything below a build is brought back, and nothing beside it", async () => {
  const all = new FakeArtifacts({ base: [], mid: ["base"], web: ["mid"], api: ["base"] });
  await all.pass();
  all.prune("base", "mid", "web", "api");
  all.files.web = "two";
  expect(await all.pass()).toMatchObject({ built: ["base", "mid", "web"], failed: [] });
});

test("in a chain, what a build starts from is enough", async () => {
  const all = chain();
  await all.pass();
  all.prune("base");
  all.files.web = "two";
  expect(await all.pass()).toMatchObject({ built: ["web"], failed: [] });
});

test("a changed image in the middle needs its own base", async () => {
  const all = chain();
  await all.pass();
  all.prune("base", "mid");
  all.files.mid = "two";
  expect(await all.pass()).toMatchObject({ built: ["base", "mid", "web"], failed: [] });
});

test("what is built again gets every name that builds and manifests use", async () => {
  const all = new FakeArtifacts({ base: [], web: ["base"] });
  await all.pass();
  const names = [...all.engine.names.keys()].sort();
  all.prune("base", "web");
  all.node.clear();
  await all.pass();
  expect([...all.engine.names.keys()].sort()).toEqual(names);
  all.prune("base", "web");
  expect(await all.pass(true)).toMatchObject({ built: ["base", "web"], failed: [] });
  expect([...all.engine.names.keys()].sort()).toEqual(names);
});

test("what a build left in an archive is brought to the engine for the next one, and not built again", async () => {
  const all = new FakeArtifacts({ base: [], web: ["base"] });
  all.leaves.add("base");
  expect(await all.pass()).toMatchObject({ built: ["base", "web"], failed: [] });
  expect(all.loaded).toEqual(["base:v1"]);
  all.prune("base", "web");
  expect(await all.pass()).toMatchObject({ built: [], failed: [] });
  expect(all.loaded).toEqual(["base:v1"]);
  all.files.web = "two";
  expect(await all.pass()).toMatchObject({ built: ["web"], failed: [] });
  expect(all.loaded).toEqual(["base:v1", "base:v1"]);
  // Without the archive there is the node, from which nothing can be had.
  all.prune("base", "web");
  all.archives.clear();
  all.files.web = "three";
  expect(await all.pass()).toMatchObject({ built: ["base", "web"], failed: [] });
});

test("what is below an image that an archive has is needed by nothing", async () => {
  const all = chain();
  all.leaves.add("mid");
  await all.pass();
  all.prune("base", "mid", "web");
  all.files.web = "two";
  expect(await all.pass()).toMatchObject({ built: ["web"], failed: [] });
});
