/** When a kubeconfig that was written anew leads to another connection. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { connect, connectionOf } from "../../../src/cluster/connect/connect.ts";
import { kubeconfigText, type WrittenKubeconfig } from "./written-kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "devloop-connection-"));
const kubeconfig = join(folder, "config");

async function written(config: WrittenKubeconfig): Promise<string | undefined> {
  writeFileSync(kubeconfig, kubeconfigText(config));
  return connectionOf({ kubeconfig, env: {} });
}

test.each<[name: string, other: WrittenKubeconfig, same: boolean]>([
  ["nothing but its time", {}, true],
  ["another namespace", { namespace: "other" }, true],
  ["another current context", { current: "second" }, true],
  ["renewed tokens of a login", { provider: { "id-token": "b", "client-id": "me" } }, true],
  ["another client of a login", { provider: { "id-token": "a", "client-id": "you" } }, false],
  ["another server", { server: "https://127.0.0.1:2" }, false],
  ["another authority", { ca: rootCertificates[1] ?? "" }, false],
  ["another token", { token: "other" }, false],
])("%s", async (_name, other, same) => {
  const base: WrittenKubeconfig = other.provider ? { provider: { "id-token": "a", "client-id": "me" } } : {};
  const before = await written(base);
  const cluster = await connect({ kubeconfig, env: {}, context: "first" });
  expect(cluster.connection).toBe(before as string);
  expect((await written({ ...base, ...other })) === before).toBe(same);
});

test("a kubeconfig that is no kubeconfig, or is gone, names none", async () => {
  writeFileSync(kubeconfig, "a: [");
  expect(await connectionOf({ kubeconfig, env: {} })).toBeUndefined();
  rmSync(folder, { recursive: true });
  expect(await connectionOf({ kubeconfig, env: {} })).toBeUndefined();
});
