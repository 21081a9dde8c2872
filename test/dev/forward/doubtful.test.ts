/** Port-forwards that are probably not meant as they are written. */
import { expect, test } from "bun:test";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { doubtsOf } from "../../../src/dev/forward/doubtful.ts";

const objects: readonly KubeObject[] = [
  { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      ports: [
        { name: "http", port: 80 },
        { port: 53, protocol: "UDP" },
      ],
    },
  },
];

const doubts = (resourceType: string, resourceName: string, port: number | string, namespace = "shop") =>
  doubtsOf([{ resourceType, resourceName, namespace, port, address: "127.0.0.1" }], objects, "shop");

test.each<[string, string, number | string]>([
  ["deployment", "web", 8080],
  ["Service", "web", 80],
  ["service", "web", "http"],
  ["service", "database", 5432],
  ["pod", "wbe", 80],
])("%s/%s with port %p may be meant", (type, name, port) => expect(doubts(type, name, port)).toEqual([]));

test("a name that is nearly one of the project's, in its namespace", () => {
  expect(doubts("Deployment", "wbe", 80)).toEqual(["portForward: no manifest has deployment/wbe; did you mean web?"]);
  expect(doubts("Deployment", "wbe", 80, "elsewhere")).toEqual([]);
});

test("a port that the Service does not have", () => {
  const has = "has no port 99 (it has 80): the pods' own is taken";
  expect(doubts("service", "web", 99)).toEqual([`portForward: service/web ${has}`]);
});
