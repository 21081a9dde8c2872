import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { listenLocally, PortTaken, portsToTry, wishOfService } from "../../../src/dev/forward/listener.ts";
import { inodesOf, portHolder } from "../../../src/dev/forward/port-holder.ts";
import { podPort, resourceKind, servicePorts } from "../../../src/dev/forward/resource.ts";

const pod: KubeObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: {
    initContainers: [{ name: "proxy", ports: [{ name: "admin", containerPort: 15_000 }] }],
    containers: [
      { name: "log" },
      { name: "web", ports: [{ containerPort: 1 }, { name: "http", containerPort: 8080 }] },
    ],
  },
};
const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: {
    ports: [
      { name: "web", port: 80, targetPort: "http" },
      { name: "same", port: 9000 },
      { name: "number", port: 9001, targetPort: 7000 },
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "lost", port: 9002, targetPort: "nowhere" },
    ],
  },
};

const ports: readonly [port: number | string, of: KubeObject | undefined, expected: number | undefined][] = [
  [8080, undefined, 8080],
  ["8080", undefined, 8080],
  ["http", undefined, 8080],
  ["admin", undefined, 15_000],
  ["nowhere", undefined, undefined],
  [80, service, 8080],
  ["web", service, 8080],
  [9000, service, 9000],
  ["number", service, 7000],
  ["9001", service, 7000],
  ["lost", service, undefined],
  // No port of the Service's: then one of its pods'.
  [8081, service, 8081],
  ["admin", service, 15_000],
];
for (const [port, of, expected] of ports)
  test(`port ${JSON.stringify(port)} of a ${of ? "Service" : "pod"}'s is ${expected}`, () => {
    expect(podPort(port, pod, of)).toBe(expected);
  });

test("every type of the reference in any case; others are none", () => {
  for (const type of [
    "service",
    "pod",
    "deployment",
    "replicaset",
    "statefulset",
    "replicationcontroller",
    "daemonset",
    "job",
    "cronjob",
  ])
    for (const text of [type, type.toUpperCase()]) expect(resourceKind(text)?.kind.toLowerCase()).toBe(type);
  expect(resourceKind("replicaSet")?.apiVersion).toBe("apps/v1");
  expect(resourceKind("container")).toBeUndefined();
});

test("UDP cannot be forwarded", () => {
  expect(servicePorts(service).map(({ port }) => port)).toEqual([80, 9000, 9001, 9002]);
});

test("a local port is chosen in the reference's order", () => {
  expect(portsToTry({ wished: 8080 }).slice(0, 12)).toEqual([
    8080, 8081, 8082, 8083, 8084, 8085, 8086, 8087, 8088, 8089, 8090, 4503,
  ]);
  expect(portsToTry({ wished: 8080 }).slice(-2)).toEqual([4533, 0]);
  expect(portsToTry({ wished: 0 })[0]).toBe(4503);
  expect(portsToTry({ wished: 65_530 })).not.toContain(65_536);
  expect(new Set(portsToTry({ wished: 4500 })).size).toBe(portsToTry({ wished: 4500 }).length);
  expect([wishOfService(80), wishOfService(1023), wishOfService(1024)]).toEqual([0, 0, 1024]);
});

test("no port is tried that another forward wishes for, but the wished one itself", () => {
  const others = new Set([8080, 8081, 8083, 4503]);
  expect(portsToTry({ wished: 8080, others }).slice(0, 10)).toEqual([
    8080, 8082, 8084, 8085, 8086, 8087, 8088, 8089, 8090, 4504,
  ]);
  expect(portsToTry({ wished: 0, others })[0]).toBe(4504);
  expect(portsToTry({ wished: 8080, others, exact: true })).toEqual([8080]);
  expect(portsToTry({ wished: 0, others, exact: true })).toEqual([]);
});

test("where the wished port alone would do and is taken, that is told apart from an address that is not ours", () => {
  using own = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const choice = { wished: own.port, exact: true };
  expect(() => listenLocally("127.0.0.1", choice, () => undefined)).toThrow(PortTaken);
  expect(() => listenLocally("203.0.113.1", choice, () => undefined)).toThrow("cannot listen on 203.0.113.1: ");
  using other = listenLocally("127.0.0.1", { wished: own.port }, () => undefined);
  expect(other.port).not.toBe(own.port);
});

test("who listens on a port, by the kernel's table", async () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0",
    "   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0",
    "   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0",
  ].join("\n");
  expect(inodesOf(table, 8080)).toEqual(["4711"]);
  using own = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  expect(await portHolder(own.port)).toContain(`(pid ${process.pid})`);
  const { port } = own;
  own.stop(true);
  expect(await portHolder(port)).toBeUndefined();
});
