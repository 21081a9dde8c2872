/** Base images as inputs: what makes a build run again, and what must not. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fullName } from "../../../src/image/reference.ts";
import { FakeArtifacts } from "../fake-artifacts.ts";

const name = "mybase:dev";
const key = fullName(name);
const id = (version: number) => `sha256:${String(version).repeat(64)}`;

function onBase(): FakeArtifacts {
  const all = new FakeArtifacts({ web: [] });
  all.bases.web = [name];
  return all;
}

/** The engine's image of that name: made here, or pulled. */
function local(all: FakeArtifacts, version: number, pulled = false): void {
  all.engine.names.set(key, id(version));
  all.engine.ids.add(id(version));
  if (pulled) all.engine.pulled.add(id(version));
  else all.engine.pulled.delete(id(version));
}

describe("a base image in the engine", () => {
  test("that is built again makes the build run again, and the reason says so", async () => {
    const all = onBase();
    local(all, 1);
    expect((await all.pass()).built).toEqual(["web"]);
    expect((await all.pass()).built).toEqual([]);
    local(all, 2);
    const pass = await all.pass();
    expect(pass.built).toEqual(["web"]);
    expect(pass.why["build:web"]).toBe("base image mybase:dev: 111111111111 -> 222222222222");
    expect((await all.pass()).built).toEqual([]);
  });

  test("that comes back needs no build: its result is known", async () => {
    const all = onBase();
    for (const version of [1, 2]) {
      local(all, version);
      expect((await all.pass()).built).toEqual(["web"]);
    }
    local(all, 1);
    expect((await all.pass()).built).toEqual([]);
  });

  test("that is removed is another one, once", async () => {
    const all = onBase();
    all.registry.set(name, id(9));
    local(all, 1);
    await all.pass();
    all.engine.names.delete(key);
    const pass = await all.pass();
    expect(pass.built).toEqual(["web"]);
    expect(pass.why["build:web"]).toBe("base image mybase:dev is gone from the engine");
    expect((await all.pass()).built).toEqual([]);
  });
});

describe("a base image that only a registry or the builder's cache has", () => {
  test("makes no build run again, nor does pulling it", async () => {
    const all = onBase();
    all.registry.set(name, id(1));
    await all.pass();
    expect((await all.pass()).built).toEqual([]);
    local(all, 1, true);
    expect((await all.pass()).built).toEqual([]);
    all.engine.names.delete(key);
    expect((await all.pass()).built).toEqual([]);
  });

  test("does where one of that name is made on this machine", async () => {
    const all = onBase();
    all.registry.set(name, id(1));
    await all.pass();
    local(all, 2);
    const pass = await all.pass();
    expect(pass.built).toEqual(["web"]);
    expect(pass.why["build:web"]).toBe("base image mybase:dev is built here now");
  });

  test("by its digest is never asked for", async () => {
    const all = onBase();
    all.pulls = true;
    all.bases.web = [`mybase:dev@${id(1)}`, "not a name"];
    await all.pass();
    expect(await all.pass()).toMatchObject({ built: [], failed: [] });
  });
});

describe("pulled base images", () => {
  test("are asked from their registry, whatever the engine has", async () => {
    const all = onBase();
    all.pulls = true;
    all.registry.set("mybase", id(1));
    local(all, 7);
    expect((await all.pass()).built).toEqual(["web"]);
    local(all, 8);
    expect((await all.pass()).built).toEqual([]);
    all.registry.set("mybase", `sha256:${"b".repeat(64)}`);
    const pass = await all.pass();
    expect(pass.built).toEqual(["web"]);
    expect(pass.why["build:web"]).toBe("base image mybase:dev: 111111111111 -> bbbbbbbbbbbb");
  });

  test("of a registry that does not answer count as unchanged", async () => {
    const all = onBase();
    all.pulls = true;
    all.registry.set("mybase", id(1));
    await all.pass();
    all.registry.set("mybase", undefined);
    expect(await all.pass()).toMatchObject({ built: [], failed: [] });
  });
});

test("a required image on a changed base is needed by the build that starts from it", async () => {
  const all = new FakeArtifacts({ base: [], web: ["base"] });
  all.bases.web = [name];
  local(all, 1);
  await all.pass();
  all.prune("base");
  local(all, 2);
  expect(await all.pass()).toMatchObject({ built: ["base", "web"], failed: [] });
});

test("a build runs again exactly when no recorded one started from what its base's name means now", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("make" as const), version: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("pull" as const), version: fc.integer({ min: 4, max: 6 }) }),
    fc.record({ do: fc.constantFrom("remove" as const, "pass" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const all = onBase();
      all.registry.set(name, id(4));
      /** What the name meant for each recorded build; null: not in the engine. */
      const began = new Set<string | null>();
      for (const one of [...steps, { do: "pass" as const }]) {
        if (one.do === "make" || one.do === "pull") local(all, one.version, one.do === "pull");
        else if (one.do === "remove") all.engine.names.delete(key);
        else {
          const now = all.engine.names.get(key) ?? null;
          const made = now !== null && !all.engine.pulled.has(now);
          const known = began.has(now) || (began.has(null) && !made);
          expect((await all.pass()).built).toEqual(known ? [] : ["web"]);
          if (!known) began.add(now);
          expect((await all.pass()).built).toEqual([]);
        }
      }
    }),
    { numRuns: 100 },
  );
});
