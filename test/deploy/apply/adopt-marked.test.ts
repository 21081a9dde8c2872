/** What the ledger has lost and the mark in the cluster still knows. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { adoptMarked } from "../../../src/deploy/apply/adopt-marked.ts";
import { type Owner, ownerLabel } from "../../../src/deploy/apply/owner.ts";
import type { Ledger } from "../../../src/deploy/ledger/ledger.ts";
import type { Subject } from "../../../src/deploy/ledger/ledger-entry.ts";
import { refusal } from "../../rig/fake-api.ts";
import { MemoryCluster } from "../../rig/memory-cluster.ts";

const owner = "0123456789abcdef" as Owner;
const fieldsV1 = { "f:metadata": { "f:labels": { [`f:${ownerLabel}`]: {} } } };
const object = (name: string, mark: string = owner, manager = "devloop", namespace = "shop"): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    ...{ name, namespace, uid: `uid-${name}`, labels: { [ownerLabel]: mark } },
    managedFields: [{ manager, operation: "Update", fieldsV1 }],
  },
});
const subject = (name: string, more: Partial<Subject> = {}): Subject => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", name, namespace: "shop", module: "web" },
  ...more,
});

async function adopted(at: MemoryCluster, subjects: readonly Subject[], known: readonly string[] = []) {
  const made: string[] = [];
  const ledger = {
    get: ({ name }: Subject) => (known.includes(name) ? {} : undefined),
    created: async (of: Subject, uid: string) => void made.push(`${of.kind}/${of.name} ${uid} for ${of.module}`),
  } as unknown as Ledger;
  await adoptMarked(at.cluster, ledger, owner, subjects, new AbortController().signal);
  return made;
}

test("only what is asked for, unknown, and marked by us is taken in", async () => {
  const at = new MemoryCluster();
  at.set(object("ours"));
  at.set(object("known"));
  at.set(object("not-asked"));
  at.set(object("copied", owner, "somebody"));
  at.set(object("found", `${owner}.found`));
  at.set(object("foreign", "another"));
  const subjects = ["ours", "known", "copied", "found", "foreign", "absent"].map((name) => subject(name));
  expect(await adopted(at, subjects, ["known"])).toEqual(["ConfigMap/ours uid-ours for web"]);
  expect(at.asked).toEqual([
    `GET /api/v1/namespaces/shop/configmaps?labelSelector=${encodeURIComponent(`${ownerLabel}=${owner}`)}`,
  ]);
});

test("one question for each kind and namespace; none where everything is known", async () => {
  const at = new MemoryCluster();
  at.set(object("a"));
  at.set(object("b", owner, "devloop", "other"));
  const subjects = [subject("a"), subject("b", { namespace: "other" }), subject("c", { kind: "Secret" })];
  expect(await adopted(at, subjects)).toEqual(["ConfigMap/a uid-a for web", "ConfigMap/b uid-b for web"]);
  expect(at.asked).toHaveLength(3);
  expect(await adopted(at, [subject("a")], ["a"])).toEqual([]);
  expect(at.asked).toHaveLength(3);
});

test("a kind that is not there has none; any other refusal is told", async () => {
  const at = new MemoryCluster();
  expect(await adopted(at, [subject("w", { apiVersion: "example.com/v1", kind: "Widget" })])).toEqual([]);
  at.override = () => refusal(403, "Forbidden", "configmaps is forbidden");
  await expect(adopted(at, [subject("a")])).rejects.toThrow("configmaps is forbidden");
});
