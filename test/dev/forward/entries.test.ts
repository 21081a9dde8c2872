/** What is forwarded, from the flag's words, the modules' sections, and the ports that workloads declare. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import type { Module } from "../../../src/config/project.ts";
import { type ForwardMode, forwardModes, podEntries, writtenEntries } from "../../../src/dev/forward/entries.ts";

test("the flag's words", () => {
  const usual: ForwardMode[] = ["user"];
  const rows: [string | undefined, ForwardMode[]][] = [
    [undefined, usual],
    ["true", ["user", "services"]],
    ["false", []],
    ["off", []],
    ["pods,debug", ["pods", "debug"]],
    ["user,services,pods", ["user", "services", "pods"]],
  ];
  for (const [text, modes] of rows) expect(forwardModes(text, usual)).toEqual(modes);
});

test("an entry that names no namespace is of the place's", () => {
  const at = { file: "f", line: 1, column: 1, length: 1, text: "" };
  const entry = { resourceType: "service", resourceName: "web", port: 80, address: "127.0.0.1", at };
  const modules = [{ portForward: [entry] }, { portForward: [{ ...entry, namespace: "own" }] }] as unknown as Module[];
  expect(writtenEntries(modules, "home")).toEqual([
    { resourceType: "service", resourceName: "web", port: 80, address: "127.0.0.1", namespace: "home" },
    { resourceType: "service", resourceName: "web", port: 80, address: "127.0.0.1", namespace: "own" },
  ]);
});

test("every TCP port of a workload's containers, wherever its pod is written", () => {
  const pod = {
    containers: [
      { name: "a", ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP" }] },
      { name: "b", ports: [{ containerPort: 81, protocol: "TCP" }] },
      { name: "c" },
    ],
  };
  const specs: [string, object][] = [
    ["Pod", pod],
    ["Deployment", { template: { spec: pod } }],
    ["CronJob", { jobTemplate: { spec: { template: { spec: pod } } } }],
  ];
  for (const [kind, spec] of specs) {
    const object: KubeObject = { apiVersion: "v1", kind, metadata: { name: "web" }, spec };
    const entries = podEntries(object, "home");
    expect(entries.map(({ port, namespace, resourceType }) => [resourceType, namespace, port])).toEqual([
      [kind.toLowerCase(), "home", 80],
      [kind.toLowerCase(), "home", 81],
    ]);
  }
  expect(podEntries({ apiVersion: "v1", kind: "Service", metadata: { name: "web" } }, "home")).toEqual([]);
});
