/** The archive of a context: what is in it, under which paths, and where the Dockerfile lies. */
import { expect, test } from "bun:test";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import { buildContext } from "../../../src/build/kaniko/context.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

async function contextOf(files: Readonly<Record<string, string>>, dockerfile = "web/Dockerfile", sub?: string) {
  const folder = await tempFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    if (text.startsWith("-> ")) await symlink(text.slice(3), join(folder.path, path));
    else await writeFile(join(folder.path, path), text);
  }
  const context = join(folder.path, "web", ...(sub ? [sub] : []));
  const at = join(folder.path, dockerfile);
  const { sources, files: rules } = await inspectDocker({ context, dockerfile: at, buildArgs: {} });
  const made = buildContext(sources, at, rules.ignore, sub);
  await folder[Symbol.asyncDispose]();
  return { ...made, paths: made.entries.map(({ path }) => path) };
}

test("what counts and the Dockerfile, and no other file", async () => {
  const { paths, dockerfile, dockerfileApart } = await contextOf({
    "web/Dockerfile": "FROM scratch\nCOPY src/ a.txt /\n",
    "web/src/deep/b.txt": "b",
    "web/a.txt": "a",
    "web/link": "-> a.txt",
    "web/README": "not copied",
  });
  expect(paths).toEqual([
    "buildcontext/a.txt",
    "buildcontext/src/",
    "buildcontext/src/deep/",
    "buildcontext/src/deep/b.txt",
    "buildcontext/Dockerfile",
  ]);
  expect({ dockerfile, dockerfileApart }).toEqual({ dockerfile: "Dockerfile", dockerfileApart: false });
});

test("a Dockerfile that is copied is there once, links stay links, hidden files are not sent", async () => {
  const { entries, paths } = await contextOf({
    "web/Dockerfile": "FROM scratch\nCOPY . /\n",
    "web/.dockerignore": "*.log\n!keep.log\n",
    "web/a.log": "",
    "web/keep.log": "",
    "web/link": "-> keep.log",
  });
  expect(paths).toEqual([
    "buildcontext/.dockerignore",
    "buildcontext/Dockerfile",
    "buildcontext/keep.log",
    "buildcontext/link",
  ]);
  expect(entries.at(-1)).toMatchObject({ bytes: 0, type: { kind: "symlink", target: "keep.log" } });
});

test.each<[why: string, files: Record<string, string>, dockerfile: string, name: string]>([
  [
    "beside the context",
    { "web/a": "", "build/web.Dockerfile": "FROM scratch\nCOPY . /\n" },
    "build/web.Dockerfile",
    "web.Dockerfile",
  ],
  [
    "hidden by the ignore file",
    { "web/a": "", "web/Dockerfile": "FROM scratch\nCOPY . /\n", "web/.dockerignore": "Dockerfile\n.dockerignore\n" },
    "web/Dockerfile",
    "Dockerfile",
  ],
  [
    "a link",
    { "web/a": "", "web/Dockerfile": "-> ../real", real: "FROM scratch\nCOPY a /\n" },
    "web/Dockerfile",
    "Dockerfile",
  ],
])("a Dockerfile %s has a folder of its own", async (_why, files, dockerfile, name) => {
  const made = await contextOf(files, dockerfile);
  expect(made.dockerfile).toBe(`/kaniko/dockerfile/${name}`);
  expect(made.dockerfileApart).toBe(true);
  expect(made.paths).toEqual(["buildcontext/a", `dockerfile/${name}`]);
});

test("a sub path is the context, and stays a sub path in the pod", async () => {
  const { paths, dockerfile } = await contextOf(
    { "web/app/Dockerfile": "FROM scratch\nCOPY a /\n", "web/app/a": "", "web/a": "" },
    "web/app/Dockerfile",
    "app",
  );
  expect(paths).toEqual(["buildcontext/app/a", "buildcontext/app/Dockerfile"]);
  expect(dockerfile).toBe("Dockerfile");
});

test("permission bits and times are those of the files", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "Dockerfile"), "FROM scratch\nCOPY run /\n");
  await writeFile(join(folder.path, "run"), "x");
  await chmod(join(folder.path, "run"), 0o755);
  const dockerfile = join(folder.path, "Dockerfile");
  const { sources, files } = await inspectDocker({ context: folder.path, dockerfile, buildArgs: {} });
  const [entry] = buildContext(sources, dockerfile, files.ignore, undefined).entries;
  expect(entry).toMatchObject({ path: "buildcontext/run", bytes: 1, mode: 0o755 });
  expect(Math.abs((entry?.modified ?? 0) - Date.now() / 1000)).toBeLessThan(60);
});
