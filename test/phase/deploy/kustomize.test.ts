/** When kustomize is started, and when not. A fake on PATH counts. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { taskId } from "../../../src/phase/ids.ts";
import { type Fakes, fakes } from "../../rig/fake-program.ts";
import { at, kustomizations } from "../kustomizations.ts";

const path = process.env.PATH;
let on: Fakes;
/** An object whose name is the content of `name.txt` in the folder that is asked for. */
const made = `for last; do :; done
echo "# Warning: it is old" >&2
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s}\\ndata: {password: hunter2}\\n' "$(cat "$last/name.txt")"`;

beforeEach(async () => {
  on = await fakes();
  await on.add("kustomize", made);
  process.env.PATH = `${join(on.home, "bin")}:${path}`;
});
afterEach(async () => {
  process.env.PATH = path;
  await on[Symbol.asyncDispose]();
});
const starts = async () => (await on.calls()).length;

async function overlay(more: Parameters<typeof kustomizations>[0] = {}) {
  const modules: Record<string, object> = { ...more };
  const all = await kustomizations(modules);
  modules.app ??= { kustomizations: [all.source("overlay")] };
  await all.write("overlay/kustomization.yaml", "configMapGenerator: [{name: a, files: [name.txt]}]\n");
  await all.write("overlay/name.txt", "one");
  return { ...all, modules };
}

test("a warm start starts no process, and says what kustomize has to say all the same", async () => {
  await using all = await overlay();
  {
    await using session = await all.session();
    expect(session.names(await session.pass())).toEqual(["one"]);
  }
  expect(await starts()).toBe(1);
  await using session = await all.session();
  expect(session.names(await session.pass())).toEqual(["one"]);
  expect(await starts()).toBe(1);
  const notices = session.events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  expect(notices).toEqual(["# Warning: it is old"]);
});

test("in a session it starts for its own files and for no others", async () => {
  await using all = await overlay();
  await using session = await all.session();
  await session.pass({ paths: [], lost: true });
  await session.pass({ paths: [{ path: join(all.cwd, "main.go") }] });
  expect(await starts()).toBe(1);
  await all.write("overlay/name.txt", "two");
  const changed = await session.pass({ paths: [{ path: join(all.cwd, "overlay/name.txt") }] });
  expect(session.names(changed)).toEqual(["two"]);
  expect(await starts()).toBe(2);
  // Back to what it was: known already.
  await all.write("overlay/name.txt", "one");
  const back = await session.pass({ paths: [{ path: join(all.cwd, "overlay/name.txt") }] });
  expect(session.names(back)).toEqual(["one"]);
  expect(await starts()).toBe(2);
  // Written again as it is.
  await all.write("overlay/name.txt", "one");
  await session.pass({ paths: [{ path: join(all.cwd, "overlay/name.txt") }] });
  expect(await starts()).toBe(2);
});

test("other arguments and another program make it anew, each time with the reason", async () => {
  await using all = await overlay();
  const why = async () => {
    await using session = await all.session();
    const { verdicts } = await session.pass();
    const verdict = verdicts.get(taskId.kustomize("app/overlay"));
    return verdict?.kind === "stale" ? verdict.changes.map(({ path: part }) => part) : verdict?.kind;
  };
  expect(await why()).toEqual([]);
  expect(await why()).toBe("fresh");
  all.modules.app = { kustomizations: [all.source("overlay", ["--reorder", "legacy"])] };
  expect(await why()).toEqual(["args"]);
  const program = join(on.home, "bin/kustomize");
  utimesSync(program, 1, 1);
  expect(await why()).toEqual(["program.stamp"]);
  expect(await why()).toBe("fresh");
  expect(await starts()).toBe(3);
});

test("what takes more than its files is made once in each session", async () => {
  await using all = await overlay();
  await all.write(
    "overlay/kustomization.yaml",
    "resources: ['https://host/base']\nconfigMapGenerator: [{name: a, files: [name.txt]}]\n",
  );
  all.modules.far = { kustomizations: [all.source("https://host/far")] };
  for (const nth of [1, 2]) {
    await using session = await all.session();
    await session.pass({ paths: [], lost: true });
    await session.pass({ paths: [] });
    expect(await starts()).toBe(2 * nth);
  }
});

test("a module with hooks around rendering is rendered at each start, and in a session for its own files", async () => {
  await using all = await overlay();
  all.modules.app = {
    kustomizations: [all.source("overlay")],
    hooks: { before: [all.hook("sh", "-c", `echo hook >>'${on.home}/calls'`)], after: [] },
  };
  for (const nth of [1, 2]) {
    await using session = await all.session();
    expect(session.names(await session.pass({ paths: [], lost: true }))).toEqual(["one"]);
    await session.pass({ paths: [{ path: join(all.cwd, "main.go") }] });
    expect(await starts()).toBe(2 * nth);
  }
  await using session = await all.session();
  await session.pass({ paths: [], lost: true });
  await all.write("overlay/name.txt", "two");
  const changed = await session.pass({ paths: [{ path: join(all.cwd, "overlay/name.txt") }] });
  expect(session.names(changed)).toEqual(["two"]);
  expect(await starts()).toBe(8);
});

test("a file that is saved while kustomize runs belongs to no result", async () => {
  await using all = await overlay();
  // The first run sees its file change under it and back again.
  await on.add(
    "kustomize",
    `if [ ! -e '${on.home}/once' ]; then
  touch '${on.home}/once'
  cd '${all.cwd}' && echo -n other >overlay/name.txt
  ${made.split("\n").at(-1)?.replace("$last", "overlay")}
  echo -n one >overlay/name.txt
  exit 0
fi
${made}`,
  );
  await using session = await all.session();
  expect(session.names(await session.pass({ paths: [], lost: true }))).toEqual(["one"]);
  expect(await starts()).toBe(2);
  await using next = await all.session();
  expect(next.names(await next.pass())).toEqual(["one"]);
  expect(await starts()).toBe(2);
});

test("a failure has the folder's place in the configuration, and is tried again", async () => {
  await using all = await overlay();
  await on.add("kustomize", "echo 'Error: no such base' >&2; exit 1");
  await using session = await all.session();
  const { failed } = await session.pass({ paths: [], lost: true });
  expect(failed.map(({ task }) => task)).toEqual([taskId.kustomize("app/overlay")]);
  expect(failed[0]?.diagnostics).toMatchObject([{ at, message: "kustomize failed with exit code 1" }]);
  await on.add("kustomize", made);
  expect(session.names(await session.pass({ paths: [] }))).toEqual(["one"]);
});

test("two modules, and one folder twice, have tasks of their own", async () => {
  await using all = await overlay();
  all.modules.app = { kustomizations: [all.source("overlay"), all.source("overlay", ["--reorder", "none"])] };
  all.modules.side = { kustomizations: [all.source("overlay")] };
  await using session = await all.session();
  const result = await session.pass();
  expect(result.failed).toEqual([]);
  expect(session.names(result)).toEqual(["one", "one"]);
  expect(session.names(result, "side")).toEqual(["one"]);
  // Equal work is done once, whichever module it is for.
  expect(await starts()).toBe(2);
});

test("what it printed lies in a private file of the store and nowhere else", async () => {
  await using all = await overlay();
  {
    await using session = await all.session();
    await session.pass();
    expect(JSON.stringify(session.events)).not.toContain("hunter2");
  }
  const files = readdirSync(all.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const holding = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, "utf8").includes("hunter2"));
  expect(holding.map((file) => file.slice(all.home.length))).toEqual([expect.stringMatching(/^\/cache\/blobs\//)]);
  expect(statSync(holding[0] ?? "").mode & 0o777).toBe(0o600);
});
