/** Where one COPY or ADD puts a file: BuildKit's rules of directories, and everything that cannot be told. */
import { expect, test } from "bun:test";
import { land } from "../../../../src/build/docker/dockerfile/copy-step.ts";
import type { CopyStep } from "../../../../src/build/docker/dockerfile/plan.ts";

const step = (
  sources: readonly (string | null)[],
  destination: string | null,
  more: Partial<CopyStep> = {},
): CopyStep =>
  ({
    ...{ kind: "copy", instruction: "COPY", line: 7, from: { kind: "context" }, sources, destination },
    ...{ exclude: [], parents: false, inline: [] },
    ...more,
  }) as unknown as CopyStep;

interface Case {
  readonly step: CopyStep;
  readonly path: string;
  readonly kind?: "file" | "directory";
  /** What is known of places of the stage. */
  readonly directories?: Readonly<Record<string, boolean>>;
  /** The place, `none`, or a part of the words for what cannot be told. */
  readonly expected: string;
}

const cases: Readonly<Record<string, Case>> = {
  "a file under its own name": { step: step(["a.txt"], "/srv/a.txt"), path: "a.txt", expected: "/srv/a.txt" },
  "a file under another name with the same ending": {
    step: step(["a.txt"], "/srv/b.txt"),
    path: "a.txt",
    expected: "/srv/b.txt",
  },
  "a file into a directory by its slash": { step: step(["a.txt"], "/srv/"), path: "a.txt", expected: "/srv/a.txt" },
  "a file into a directory that is known": {
    step: step(["a.txt"], "/srv"),
    path: "a.txt",
    directories: { "/srv": true },
    expected: "/srv/a.txt",
  },
  "a file in the place of one that is known": {
    step: step(["a.txt"], "/srv"),
    path: "a.txt",
    directories: { "/srv": false },
    expected: "/srv",
  },
  "a file where a directory may be": {
    step: step(["a.txt"], "/srv"),
    path: "a.txt",
    expected: "? /srv may be a directory of the base image",
  },
  "several sources make it a directory": {
    step: step(["a.txt", "b.txt"], "/srv"),
    path: "b.txt",
    expected: "/srv/b.txt",
  },
  "what a directory holds goes right into it": {
    step: step(["src"], "/srv"),
    path: "src/sub/a.txt",
    expected: "/srv/sub/a.txt",
  },
  "the whole context": { step: step(["."], "/srv"), path: "src/a.txt", expected: "/srv/src/a.txt" },
  "the directory itself": {
    step: step(["src"], "/srv/"),
    path: "src",
    kind: "directory",
    expected: "? it is the copied directory itself",
  },
  "a wildcard": { step: step(["*.txt"], "/srv/"), path: "a.txt", expected: "/srv/a.txt" },
  "a wildcard without a slash may be one file or many": {
    step: step(["*.txt"], "/srv/a.txt"),
    path: "a.txt",
    expected: "? /srv/a.txt may be a directory",
  },
  "a wildcard in the middle": { step: step(["*/conf"], "/srv/"), path: "web/conf/a.txt", expected: "/srv/a.txt" },
  "a path that is shorter than the source": {
    step: step(["src/sub"], "/srv/"),
    path: "src",
    kind: "directory",
    expected: "none",
  },
  "another path": { step: step(["src"], "/srv/"), path: "other/a.txt", expected: "none" },
  "two stars are read in several ways": {
    step: step(["**/a.txt"], "/srv/"),
    path: "x/a.txt",
    expected: "? ** is read in several ways",
  },
  "a source that depends on the base image": {
    step: step([null], "/srv/"),
    path: "a.txt",
    expected: "? a source of it depends on the base image",
  },
  "a destination that depends on it": {
    step: step(["a.txt"], null),
    path: "a.txt",
    expected: "? its destination depends on the base image",
  },
  excludes: { step: step(["src"], "/srv/", { exclude: ["*.md"] }), path: "src/a.txt", expected: "? it has --exclude" },
  parents: {
    step: step(["src/sub"], "/srv/", { parents: true }),
    path: "src/sub/a.txt",
    expected: "/srv/src/sub/a.txt",
  },
  "parents from a pivot": {
    step: step(["src/./sub"], "/srv/", { parents: true }),
    path: "src/sub/a.txt",
    expected: "/srv/sub/a.txt",
  },
  "an address is no path": {
    step: step(["https://x.io/a.txt", "b.txt"], "/srv/", { instruction: "ADD" }),
    path: "b.txt",
    expected: "/srv/b.txt",
  },
  "an archive is unpacked by ADD": {
    step: step(["a.tar.gz"], "/srv/", { instruction: "ADD" }),
    path: "a.tar.gz",
    expected: "? ADD unpacks archives",
  },
  "an archive is copied by COPY": { step: step(["a.tar.gz"], "/srv/"), path: "a.tar.gz", expected: "/srv/a.tar.gz" },
  "the first source that has it": {
    step: step(["none", "src", "."], "/srv/"),
    path: "src/a.txt",
    expected: "/srv/a.txt",
  },
};

test.each(Object.entries(cases))("%s", (_what, { step: of, path, kind = "file", directories = {}, expected }) => {
  const landing = land(of, path, kind, (place) => directories[place]);
  const words = landing.kind === "at" ? landing.place : landing.kind === "none" ? "none" : `? ${landing.why}`;
  if (expected.startsWith("?")) expect(words).toContain(expected.slice(2));
  else expect(words).toBe(expected);
});

test("which of the sources brings it is told", () => {
  const of = step(["none", "src"], "/srv/");
  expect(land(of, "src/a.txt", "file", () => undefined)).toEqual({ kind: "at", place: "/srv/a.txt", source: 1 });
});
