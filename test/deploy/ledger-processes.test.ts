/** One ledger and several real processes that write it at once, some of which are killed in the middle. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { type Entry, Ledger } from "../../src/deploy/ledger/ledger.ts";
import { openDocuments } from "../../src/store/documents.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import { sharedLedger } from "./fixtures/shared-ledger.ts";

const script = join(import.meta.dir, "fixtures/ledger-child.ts");

/** @param killAfter lines after which it is killed */
async function keeper(folder: string, name: string, count: number, killAfter = Number.POSITIVE_INFINITY) {
  const child = Bun.spawn([process.execPath, script, folder, name, String(count)], { stdout: "pipe", stderr: "pipe" });
  const said: string[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of child.stdout) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    said.push(...parts);
    if (said.length >= killAfter) child.kill("SIGKILL");
  }
  const code = await child.exited;
  if (killAfter === Number.POSITIVE_INFINITY && code !== 0) throw new Error(await new Response(child.stderr).text());
  return said;
}

/** What the disk must have of an object, from the last word about it. */
function believed(said: readonly string[]): Map<string, string> {
  return new Map(said.map((line) => line.split(" ").reverse() as [string, string]));
}

test("runs of one project at the same time lose nothing of each other's", async () => {
  await using folder = await tempFolder();
  const names = ["a", "b", "c", "d"];
  const said = (await Promise.all(names.map((name) => keeper(folder.path, name, 30)))).flat();
  const ledger = await Ledger.open(openDocuments(folder.path), sharedLedger);
  const left = [...believed(said)].filter(([, state]) => state !== "gone").map(([name]) => name);
  expect(left).toHaveLength(80);
  const mine = (entry: Entry) => entry.ref.name !== "shared";
  expect(
    ledger
      .entries()
      .filter(mine)
      .map(({ ref, state }) => `${ref.name} ${state}`)
      .sort(),
  ).toEqual(left.map((name) => `${name} created`).sort());
  expect(ledger.entries().filter((entry) => !mine(entry))).toMatchObject([{ state: "changed", uid: "1" }]);
  // The order is one for all of them.
  expect(new Set(ledger.entries().map(({ order }) => order)).size).toBe(81);
});

test("a run that is killed in the middle leaves the ledger to the others, with all that it had said", async () => {
  await using folder = await tempFolder();
  const kills = Array.from({ length: 8 }, (_, i) => keeper(folder.path, `k${i}`, 1_000, 1 + 4 * i));
  const lasting = keeper(folder.path, "last", 30);
  const said = (await Promise.all([...kills, lasting])).flat();
  const ledger = await Ledger.open(openDocuments(folder.path), sharedLedger);
  const on = new Map(ledger.entries().map((entry) => [entry.ref.name, entry.state as string]));
  for (const [name, state] of believed(said)) {
    // What came after its last word may have been written too.
    const allowed = { creating: ["creating", "created"], created: ["created", undefined], gone: [undefined] }[state];
    expect(allowed as unknown[]).toContain(on.get(name));
  }
});
