/**
 * Trouble with the folder that holds the ledger: the disk is full, it is read-only, a later devloop wrote in it, another
 * process holds it. Nothing is created that could not be written down, and what is known is cleaned up all the same.
 */
import { expect, test } from "bun:test";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../../src/std/data/digest.ts";
import { waitForLock } from "../../src/store/lock.ts";
import { getObject, kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import { smallDisk } from "../rig/small-disk.ts";

const watching = /^Watching for changes/;

/** Names of the objects in the cluster that carry the project's mark. */
async function ours(it: ProjectRun): Promise<string[]> {
  const all = await kubectl(["-n", it.namespace, "get", "all,configmap", "-l", "devloop.dev/owner", "-o", "name"]);
  return all.split("\n").filter((line) => line !== "");
}

/** The project's only ledger. */
async function ledgerFile(it: ProjectRun): Promise<string> {
  const folder = it.sample.path(".state", "state", "documents");
  const files = await readdir(folder, { recursive: true });
  const [ledger, ...more] = files.filter((file) => file.startsWith("ledger/") && file.endsWith(".json"));
  expect(more).toEqual([]);
  return join(folder, ledger ?? "");
}

test("what cannot be written down is not created, on a full disk and on a read-only one", async () => {
  await using it = await projectRun("unwritten");
  await using disk = await smallDisk(it.sample.path(".state", "state"));
  for (const [trouble, said] of [
    [() => disk.fill(), "no space is left on the disk"],
    [() => disk.freeze(), "the file system is read-only"],
  ] as const) {
    const end = await trouble();
    it.proxy.forget();
    const { code, text } = await it.run("run");
    expect(code).toBe(1);
    expect(text).toContain(said);
    expect(it.proxy.writes()).toEqual([]);
    await end();
  }
  expect((await it.run("run")).code).toBe(0);
  expect((await it.run("delete")).code).toBe(0);
});

test("a disk that fills up during a session keeps the clean-up from nothing but its own notes", async () => {
  await using it = await projectRun("filled");
  await kubectl(["-n", it.namespace, "create", "configmap", "settings", "--from-literal=GREETING=theirs"]);
  await using disk = await smallDisk(it.sample.path(".state", "state"));
  await using session = it.start("dev");
  await session.line(watching);
  const end = await disk.fill();
  session.interrupt();
  await session.exit();
  expect(session.text.match(/^error: .*no space is left on the disk/gm)).toHaveLength(1);
  expect(await ours(it)).toEqual([]);
  expect((await getObject(it.namespace, "configmap", "settings")).data).toEqual({ GREETING: "theirs" });
  await end();
  // Made anew meanwhile by somebody else: a ledger that says too much is no order to delete.
  await kubectl(["-n", it.namespace, "create", "service", "clusterip", "web", "--tcp=80"]);
  const again = await it.run("delete");
  expect(again.code).toBe(0);
  expect(await getObject(it.namespace, "service", "web")).toBeDefined();
  expect((await it.run("delete")).text).toContain("nothing of this project is in the namespace");
});

test("a read-only folder lets delete do its work, and tells that it could not note it", async () => {
  await using it = await projectRun("frozen");
  await using disk = await smallDisk(it.sample.path(".state", "state"));
  expect((await it.run("run")).code).toBe(0);
  const end = await disk.freeze();
  const { code, text } = await it.run("delete");
  expect(text).toContain("the file system is read-only");
  expect(code).toBe(1);
  expect(await ours(it)).toEqual([]);
  await end();
  expect((await it.run("delete")).code).toBe(0);
});

test("a ledger of a later devloop is not touched, and nothing is deployed beside it", async () => {
  await using it = await projectRun("later");
  expect((await it.run("run")).code).toBe(0);
  const file = await ledgerFile(it);
  const good = await readFile(file, "utf8");
  const later = good.replace("devloop document 1 ", "devloop document 2 ");
  await writeFile(file, later);
  for (const command of ["run", "dev", "delete"]) {
    it.proxy.forget();
    const { code, text } = await it.run(command);
    expect(code).toBe(1);
    expect(text).toContain("was written by a later devloop (format 2), which this one cannot read");
    expect(it.proxy.writes()).toEqual([]);
  }
  expect(await readFile(file, "utf8")).toBe(later);
  await writeFile(file, good);
  expect((await it.run("delete")).code).toBe(0);
  expect(await ours(it)).toEqual([]);
});

test("a damaged ledger is told of and kept; what it knew is found by the mark", async () => {
  await using it = await projectRun("damaged");
  expect((await it.run("run")).code).toBe(0);
  const file = await ledgerFile(it);
  await writeFile(file, (await readFile(file, "utf8")).slice(0, -10));
  const { code, text } = await it.run("delete");
  expect(code).toBe(0);
  expect(text).toContain(`${file} was damaged and counts as nothing`);
  expect(await ours(it)).toEqual([]);
  expect(await readdir(join(file, ".."))).toEqual([expect.stringMatching(/\.json\.unreadable$/)]);
});

test("runs of one project at once, beside a session, end well; its clean-up takes what they made, too", async () => {
  await using it = await projectRun("beside");
  await kubectl(["-n", it.namespace, "create", "configmap", "settings", "--from-literal=GREETING=theirs"]);
  await using session = it.start("dev", "--trigger=manual");
  const runs = [it.run("run"), it.run("run"), it.run("run")];
  await session.line(watching);
  for (const { code, text } of await Promise.all(runs)) expect(`${code} ${text}`).toStartWith("0 ");
  // The session has seen neither of these.
  await it.sample.write("k8s/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n");
  await kubectl(["-n", it.namespace, "delete", "service", "web"]);
  expect((await it.run("run")).code).toBe(0);
  expect(await ours(it)).toContain("configmap/more");
  session.interrupt();
  expect(await session.exit()).toBe(0);
  expect(await ours(it)).toEqual([]);
  expect((await getObject(it.namespace, "configmap", "settings")).data).toEqual({ GREETING: "theirs" });
  expect((await it.run("delete", "--dry-run")).text).toContain("nothing of this project is in the namespace");
});

test("a process that holds the ledger and does not let go is named, and nothing is created meanwhile", async () => {
  await using it = await projectRun("held");
  expect((await it.run("run")).code).toBe(0);
  await kubectl(["-n", it.namespace, "delete", "service", "web"]);
  const documents = it.sample.path(".state", "state", "documents");
  const files = (await readdir(documents, { recursive: true })).filter((path) => path.startsWith("ledger/"));
  const ledger = files.find((path) => path.endsWith(it.namespace) || path.endsWith(`${it.namespace}.json`)) ?? "";
  // A document's lock is named by its digest (`documents.ts`).
  const lock = sha256(ledger.replace(/\.json$/, "")).slice(0, 32);
  await using _held = await waitForLock(join(documents, ".locks", lock), 1_000);
  const { code, text } = await it.run("run");
  expect(code).toBe(1);
  expect(text).toContain(`process ${process.pid} has held`);
  expect(await getObject(it.namespace, "service", "web")).toBeUndefined();
});
