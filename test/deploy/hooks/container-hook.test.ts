/** Which containers a hook around a deploy runs in. */
import { expect, test } from "bun:test";
import type { ContainerHook } from "../../../src/config/project.ts";
import { containersOf } from "../../../src/deploy/hooks/container-hook.ts";

const at = { file: "skaffold.yaml", line: 1, column: 1, length: 1, text: "" };
const hook = (more: Partial<ContainerHook>): ContainerHook => ({ kind: "container", command: ["true"], at, ...more });

function pod(name: string, phase = "Running", running: readonly string[] = ["main", "side"], gone = false) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", ...(gone ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
    spec: { containers: [{ name: "main" }, { name: "side" }] },
    status: { phase, containerStatuses: running.map((each) => ({ name: each, state: { running: {} } })) },
  };
}
const found = (of: ReturnType<typeof pod>, more: Partial<ContainerHook>) =>
  containersOf(of, hook(more)).map(({ target, state }) => `${target.pod}/${target.container} ${state}`);

test("pods and containers are chosen by patterns; no container name means all of them", () => {
  expect(found(pod("web-1"), { podName: "web-*" })).toEqual(["web-1/main running", "web-1/side running"]);
  expect(found(pod("web-1"), { podName: "web-?", containerName: "s*" })).toEqual(["web-1/side running"]);
  expect(found(pod("web-1"), { podName: "web" })).toEqual([]);
  expect(found(pod("web-1"), { podName: "web-1", containerName: "other" })).toEqual([]);
});

test("what is going or has ended does not count, and what starts is waited for", () => {
  expect(found(pod("web-1", "Running", [], true), {})).toEqual([]);
  expect([found(pod("job", "Succeeded"), {}), found(pod("job", "Failed"), {})]).toEqual([[], []]);
  expect(found(pod("web-1", "Pending", ["main"]), {})).toEqual(["web-1/main running", "web-1/side starting"]);
});
