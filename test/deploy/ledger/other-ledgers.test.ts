/** What is told of ledgers of a project in places that it does not deploy to now. */
import { expect, test } from "bun:test";
import { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import { tellOtherLedgers } from "../../../src/deploy/ledger/other-ledgers.ts";
import type { Event } from "../../../src/event/event.ts";
import { memoryDocuments } from "../memory-documents.ts";

async function told(
  ledgers: readonly (readonly [cluster: string, namespace: string, objects: number, project?: string])[],
  targets: readonly (readonly [clusterId: string, namespace: string])[],
): Promise<string[]> {
  const documents = memoryDocuments();
  for (const [cluster, namespace, objects, project = "p"] of ledgers) {
    const ledger = await Ledger.open(documents, { project, cluster, namespace });
    for (let n = 0; n < objects; n++)
      await ledger.created({ apiVersion: "v1", kind: "ConfigMap", namespace, name: `c${n}`, module: "m" }, `uid-${n}`);
  }
  const texts: string[] = [];
  const emit = (event: Event) => void (event.type === "notice" && texts.push(event.text));
  const at = targets.map(([clusterId, namespace]) => ({ clusterId, namespace }));
  await tellOtherLedgers({ documents, identity: "p", emit }, at);
  return texts;
}

test("nothing is told of the places that are deployed to, of empty ledgers, and of other projects", async () => {
  const ledgers = [
    ["one", "a", 1],
    ["two", "b", 1],
    ["one", "empty", 0],
    ["one", "c", 1, "other"],
  ] as const;
  expect(
    await told(ledgers, [
      ["one", "a"],
      ["two", "b"],
    ]),
  ).toEqual([]);
});

test("each other place has one line, with how much is there and where", async () => {
  expect(
    await told(
      [
        ["one", "a", 1],
        ["one", "b", 1],
        ["three", "a", 2],
      ],
      [
        ["one", "a"],
        ["two", "a"],
      ],
    ),
  ).toEqual([
    "1 object of this project is still in the namespace b; `devloop delete -n b` there cleans up",
    "2 objects of this project are still in another cluster (namespace a); `devloop delete -n a` there cleans up",
  ]);
});
