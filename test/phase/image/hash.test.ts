/** The hash of an artifact in a session: looked at again for what counts, and always what a whole look would give. */
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { ArtifactInputs } from "../../../src/build/artifact-inputs.ts";
import type { Inspection } from "../../../src/build/builder.ts";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import { watchOf } from "../../../src/build/watched.ts";
import type { ChangedPath, KnownChanges } from "../../../src/graph/request.ts";
import type { WatchedFiles } from "../../../src/graph/task.ts";
import type { ArtifactWork, HashHow } from "../../../src/phase/image/artifact.ts";
import { hashTask } from "../../../src/phase/image/hash.ts";
import { graphSession } from "../../rig/graph-session.ts";
import { disk, pastTick } from "../../store/tree/disk.ts";

const { signal } = new AbortController();
const dockerfile = "FROM scratch\nCOPY src /src\nCOPY *.go /\n";

/** An artifact with a store of its own, whose hash is observed by a session's executor. */
async function hashed() {
  const at = await disk();
  const store = await at.session();
  const full = (path: string) => join(at.root, path);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(full(path)), { recursive: true });
    writeFileSync(full(path), text);
  };
  write("Dockerfile", dockerfile);
  write(".dockerignore", "**/*.log\n");
  write("src/main.go", "A");
  write("src/page.html", "A");
  await pastTick();
  const spec = { context: at.root, dockerfile: full("Dockerfile"), buildArgs: {} };
  const inputs = () =>
    new ArtifactInputs({
      image: "web",
      async inspect(): Promise<Inspection> {
        const { sources, notices, bases } = await inspectDocker(spec);
        return { sources, notices, bases, keyParts: () => ({}) };
      },
      files: store,
    });
  const mine = inputs();
  const task = hashTask({
    image: "web",
    over: { roots: [at.root], files: [] },
    hash: (during: AbortSignal, { changed, watch }: HashHow = {}) =>
      mine.hash(during, {
        ...(changed ? { changed } : {}),
        ...(watch ? { watch: ({ sources }) => watch(watchOf(sources)) } : {}),
      }),
  } as unknown as ArtifactWork);
  const session = graphSession();
  const watched: WatchedFiles[] = [];
  const told = (...paths: readonly (string | ChangedPath)[]): KnownChanges => ({
    paths: paths.map((path) => (typeof path === "string" ? { path: full(path) } : { ...path, path: full(path.path) })),
  });
  return {
    full,
    write,
    told,
    watched,
    executor: session.executor,
    looks: () => session.started().length,
    /** A whole look, by nobody who knows anything. */
    whole: () => inputs().hash(signal),
    async pass(changes: KnownChanges = { paths: [], lost: true }) {
      const watch = async (files: WatchedFiles) => void watched.push(files);
      const { outputs, failed } = await session.executor.pass({
        tasks: [task],
        signal,
        onFailure: "stop",
        changes,
        watch,
      });
      expect(failed).toEqual([]);
      return outputs.get("hash:web");
    },
    async [Symbol.asyncDispose]() {
      await session.executor[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

test("only a path that counts leads to a look, and what counts is watched before it is looked at", async () => {
  await using at = await hashed();
  const first = await at.pass();
  expect(at.watched[0]).toMatchObject({
    files: expect.arrayContaining([at.full("Dockerfile"), at.full(".dockerignore")]),
  });
  at.write("notes.txt", "new");
  at.write("src/debug.log", "new");
  expect(await at.pass(at.told("notes.txt", "src/debug.log"))).toBe(first as string);
  expect(at.looks()).toBe(1);
  at.write("src/main.go", "B");
  const second = await at.pass(at.told("src/main.go"));
  expect(at.looks()).toBe(2);
  expect(second).toBe(await at.whole());
  expect(second).not.toBe(first as string);
});

test("a synced page leaves the hash as it is until the next build, which then has it", async () => {
  await using at = await hashed();
  const first = await at.pass();
  at.write("src/page.html", "B");
  expect(await at.pass(at.told({ path: "src/page.html", absorbedBy: ["hash:web"] }))).toBe(first as string);
  expect(at.looks()).toBe(1);
  at.write("src/main.go", "B");
  expect(await at.pass(at.told("src/main.go"))).toBe(await at.whole());
});

test.each([
  ["src/main.go", "Dockerfile:2"],
  ["src", "Dockerfile:2"],
  ["main.go", "Dockerfile:3"],
  ["Dockerfile", "Dockerfile"],
  [".dockerignore", ".dockerignore"],
  ["", "build context"],
] as const)("%s counts by %s", async (path, rule) => {
  await using at = await hashed();
  await at.pass();
  expect(at.executor.concerned(join(at.full(path), ""))).toMatchObject([{ task: "hash:web", rule, changes: true }]);
});

test.each(["README.md", "src/debug.log", "sub/main.go", "../elsewhere"])("%s counts for nothing", async (path) => {
  await using at = await hashed();
  await at.pass();
  expect(at.executor.concerned(at.full(path))).toEqual([]);
});

const paths = [
  "src/main.go",
  "src/a/b.html",
  "src/a/c.log",
  "main.go",
  "notes.txt",
  ".dockerignore",
  "Dockerfile",
] as const;
const edit = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), path: fc.constantFrom(...paths), text: fc.constantFrom("1", "2") }),
  fc.record({
    kind: fc.constant("remove" as const),
    path: fc.constantFrom("src/main.go", "src/a", "src/a/b.html", "main.go"),
  }),
  fc.record({
    kind: fc.constant("move" as const),
    from: fc.constantFrom("src/a", "outside"),
    to: fc.constantFrom("src/a", "src/moved", "outside"),
  }),
);
/** Texts that these files may have without being no Dockerfile and no ignore file. */
const special: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Dockerfile: { "1": dockerfile, "2": "FROM scratch\nCOPY src/a /a\n" },
  ".dockerignore": { "1": "**/*.log\n", "2": "**/*.html\n" },
};

test("after any edits that were told it is what a whole look gives", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(edit, { maxLength: 3 }), { minLength: 1, maxLength: 4 }), async (saves) => {
      await using at = await hashed();
      await at.pass();
      for (const save of saves) {
        const changed: string[] = [];
        for (const one of save) {
          // A watcher names a new directory as well.
          const parent = one.kind === "write" ? dirname(one.path) : ".";
          if (!existsSync(at.full(parent))) changed.push(parent);
          if (one.kind === "write") at.write(one.path, special[one.path]?.[one.text] ?? one.text);
          else if (one.kind === "remove") rmSync(at.full(one.path), { recursive: true, force: true });
          else {
            if (one.from === one.to) continue;
            rmSync(at.full(one.to), { recursive: true, force: true });
            try {
              renameSync(at.full(one.from), at.full(one.to));
            } catch {
              // There was nothing to move.
            }
          }
          changed.push(...(one.kind === "move" ? [one.from, one.to] : [one.path]));
        }
        expect(await at.pass(at.told(...changed))).toBe(await at.whole());
      }
    }),
    { numRuns: 40 },
  );
});
