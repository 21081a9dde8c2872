/** What a build is told of its inputs, and what becomes of its result when they are touched while it runs. */
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ArtifactInputs, type InputOptions } from "../../src/build/artifact-inputs.ts";
import type { Inspection } from "../../src/build/builder.ts";
import { inspectDocker } from "../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../src/build/docker/spec.ts";
import { InputsChanged } from "../../src/graph/inputs-changed.ts";
import { markedTree } from "../../src/store/tree/mark.ts";
import { disk, pastTick } from "../store/tree/disk.ts";

const { signal } = new AbortController();

async function artifact(more: Partial<InputOptions> = {}) {
  const at = await disk();
  const store = await at.session();
  mkdirSync(join(at.root, "src"), { recursive: true });
  writeFileSync(join(at.root, "Dockerfile"), "FROM scratch\nCOPY src /src\n");
  writeFileSync(join(at.root, ".dockerignore"), "**/*.log\n");
  writeFileSync(join(at.root, "src/main.go"), "A");
  await pastTick();
  const inspections: Inspection[] = [];
  const spec: DockerSpec = { context: at.root, dockerfile: join(at.root, "Dockerfile"), buildArgs: {} };
  const inputs = new ArtifactInputs({
    image: "web",
    async inspect() {
      const { sources, notices, bases } = await inspectDocker(spec);
      const inspection: Inspection = { sources, notices, bases, keyParts: () => ({}) };
      inspections.push(inspection);
      return inspection;
    },
    files: store,
    ...more,
  });
  return {
    inputs,
    inspections,
    store,
    write: (path: string, text: string) => writeFileSync(join(at.root, path), text),
    read: (path: string) => readFileSync(join(at.root, path), "utf8"),
    remove: (path: string) => rmSync(join(at.root, path)),
    path: (path: string) => join(at.root, path),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

/** The message of the failure that the work ended with. */
async function refused(work: Promise<unknown>): Promise<string> {
  const thrown = await work.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(InputsChanged);
  return (thrown as Error).message;
}

test("a build that read what was there for a moment is not recorded under what was there before and after", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  let built = "";
  const build = async () => {
    at.write("src/main.go", "B");
    built = at.read("src/main.go");
    at.write("src/main.go", "A");
  };
  expect(await refused(at.inputs.during(files, false, build, signal))).toStartWith(
    "src/main.go changed while the build of web",
  );
  expect(built).toBe("B");
  expect(await at.inputs.hash(signal)).toBe(files);
  await at.inputs.during(files, false, async () => undefined, signal);
});

test.each([
  ["an input that is new", "src/new.go", "src/new.go"],
  ["the Dockerfile", "Dockerfile", "Dockerfile"],
  ["the ignore file", ".dockerignore", ".dockerignore"],
])("%s makes the result unusable", async (_what, path, named) => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  const message = await refused(at.inputs.during(files, false, async () => at.write(path, "# other"), signal));
  expect(message).toContain(`${named} changed while the build of web`);
});

test("what the build writes beside its inputs does not count, and costs neither an inspection nor a hash", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  const before = at.inspections.length;
  const work = async () => {
    at.write("src/build.log", "built");
    at.write("unused", "built");
    return "sha256:1";
  };
  expect(await at.inputs.during(files, false, work, signal)).toBe("sha256:1");
  expect(at.inspections).toHaveLength(before);
});

test("an input that changed before the build began is noticed at its end at the latest, and named", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  at.write("src/main.go", "B");
  expect(await refused(at.inputs.during(files, false, async () => undefined, signal))).toContain("src/main.go changed");
});

test("hooks that write an input anew with what it has leave the build usable, with other content they do not", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  at.write("src/main.go", "A");
  let built = 0;
  await at.inputs.during(files, true, async () => void built++, signal);
  expect(built).toBe(1);
  at.write("src/main.go", "B");
  expect(await refused(at.inputs.during(files, true, async () => void built++, signal))).toContain(
    "src/main.go changed",
  );
  // Nothing was built that nobody could use.
  expect(built).toBe(1);
});

test("inputs that nobody of this process looked at are looked at before the build", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  await using other = await artifact();
  other.write("src/main.go", "A");
  expect(await other.inputs.hash(signal)).toBe(files);
  other.write("src/main.go", "B");
  const later = await other.inputs.hash(signal);
  expect(later).not.toBe(files);
  expect(await at.inputs.during(files, false, async () => "built", signal)).toBe("built");
  await refused(at.inputs.during(later, false, async () => "built", signal));
});

test("a file that was there only while the build ran makes its result unusable, where that was heard of", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  const forAMoment = (path: string) => async () => {
    at.write(path, "B");
    at.inputs.heard(at.path(path));
    at.remove(path);
    at.inputs.heard(at.path(path));
  };
  expect(await refused(at.inputs.during(files, false, forAMoment("src/new.go"), signal))).toContain(
    "src/new.go changed",
  );
  // What no build reads, what a hook made, and what was heard of before the build began.
  await at.inputs.during(files, false, forAMoment("src/new.log"), signal);
  await at.inputs.during(files, false, forAMoment("beside.txt"), signal);
  await at.inputs.during(files, true, forAMoment("src/new.go"), signal);
  await forAMoment("src/new.go")();
  await at.inputs.during(files, false, async () => undefined, signal);
});

test("an input that was heard of, and is as it was, leaves the result usable", async () => {
  await using at = await artifact();
  const files = await at.inputs.hash(signal);
  await at.inputs.during(files, false, async () => at.inputs.heard(at.path("src/main.go")), signal);
});

test("a look at what changed sees it, and a changed ignore file changes what counts", async () => {
  await using at = await artifact();
  const before = await at.inputs.hash(signal);
  at.write("src/main.go", "B");
  const saved = await at.inputs.hash(signal, { changed: new Set([at.path("src/main.go")]) });
  const paths = (was: string, now: string) =>
    at.store.compareTrees(markedTree(was) ?? "", markedTree(now) ?? "")?.map(({ path }) => path);
  expect(paths(before, saved)).toEqual(["src/main.go"]);
  at.write(".dockerignore", "**/*.go\n");
  const ignored = await at.inputs.hash(signal, { changed: new Set([at.path(".dockerignore")]) });
  expect(paths(saved, ignored)).toEqual(["src/main.go"]);
  expect(ignored).toBe(await at.inputs.hash(signal));
});
