/** A credential that several requests wait for at once: the plugin runs once, and for all of them. */
import { expect, test } from "bun:test";
import type { Access } from "../../../src/cluster/connect/access.ts";
import { credentialSource } from "../../../src/cluster/connect/credential.ts";
import type { RunPlugin } from "../../../src/cluster/connect/exec-plugin.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "plugin" };
const access = {
  context: "c",
  namespace: "d",
  server: "https://x",
  insecure: false,
  user: { file: "kubeconfig", value: { exec } },
} as unknown as Access;
const printed = JSON.stringify({ apiVersion: exec.apiVersion, kind: "ExecCredential", status: { token: "t" } });

function plugin() {
  const runs: PromiseWithResolvers<Awaited<ReturnType<RunPlugin>>>[] = [];
  const run: RunPlugin = (_command, signal) => {
    const end = Promise.withResolvers<Awaited<ReturnType<RunPlugin>>>();
    runs.push(end);
    signal.addEventListener("abort", () => end.reject(signal.reason), { once: true });
    return end.promise;
  };
  return { run, runs };
}

test("a caller that is cancelled takes it from no other", async () => {
  const { run, runs } = plugin();
  const source = await credentialSource(access, run, virtualClock());
  const first = new AbortController();
  const begun = source.current(first.signal).catch((thrown: Error) => thrown.message);
  const joined = source.current(new AbortController().signal);
  await new Promise((turn) => setImmediate(turn));
  first.abort(new Error("superseded"));
  expect(await begun).toBe("superseded");
  runs[0]?.resolve({ kind: "exited", code: 0, stdout: printed, stderr: "" });
  expect((await joined).headers).toEqual({ Authorization: "Bearer t" });
  expect(runs).toHaveLength(1);
});

test("a plugin that fails is run again by the next request", async () => {
  const { run, runs } = plugin();
  const source = await credentialSource(access, run, virtualClock());
  const { signal } = new AbortController();
  const both = [source.current(signal), source.current(signal)].map((each) => each.then(() => "").catch(String));
  await new Promise((turn) => setImmediate(turn));
  runs[0]?.resolve({ kind: "exited", code: 1, stdout: "", stderr: "no such host" });
  for (const each of both) expect(await each).toContain("failed with exit code 1");
  const again = source.current(signal);
  await new Promise((turn) => setImmediate(turn));
  runs[1]?.resolve({ kind: "exited", code: 0, stdout: printed, stderr: "" });
  expect((await again).headers).toEqual({ Authorization: "Bearer t" });
});
