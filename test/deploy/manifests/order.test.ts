import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { KubeObject } from "../../../src/cluster/cluster.ts";
import { imagesIn } from "../../../src/deploy/manifests/images.ts";
import { applyOrder, duplicates } from "../../../src/deploy/manifests/order.ts";

function object(
  apiVersion: string,
  kind: string,
  name: string,
  more: object = {},
  namespace: string | null = "n",
): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === null ? {} : { namespace }) }, ...more };
}

function workload(name: string, image: string, podSpec: object = {}): KubeObject {
  const spec = { containers: [{ name: "main", image, ...podSpec }] };
  const template = { metadata: { labels: { app: name } }, spec };
  return object("apps/v1", "Deployment", name, { spec: { template } });
}

const images = ["web", "api"];
const orderOf = (objects: readonly KubeObject[]) => applyOrder(objects, (one) => imagesIn(one, images));

test("a workload waits for its namespace and what it names; its set waits for the images of all its members", () => {
  const from = { envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }] };
  const order = orderOf([
    workload("web", "web", from),
    workload("api", "api", { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }] }),
    object("v1", "ConfigMap", "settings"),
    object("v1", "Secret", "keys"),
    object("v1", "ConfigMap", "alone"),
    object("v1", "Service", "web", { spec: { selector: { app: "web" } } }),
    object("v1", "Namespace", "n", {}, null),
  ]);
  const of = (id: string) => ({
    after: [...(order.get(id)?.after ?? [])].sort(),
    images: [...(order.get(id)?.images ?? [])].sort(),
  });
  expect(of("apps/Deployment/n/web")).toEqual({
    after: ["ConfigMap/n/settings", "Namespace/-/n", "Secret/n/keys", "Service/n/web"],
    images: ["api", "web"],
  });
  expect(of("apps/Deployment/n/api").after).toEqual(["ConfigMap/n/settings", "Namespace/-/n"]);
  expect(of("ConfigMap/n/settings")).toEqual({ after: ["Namespace/-/n"], images: ["api", "web"] });
  expect(of("Secret/n/keys").images).toEqual(["api", "web"]);
  expect(of("ConfigMap/n/alone")).toEqual({ after: ["Namespace/-/n"], images: [] });
  expect(of("Service/n/web").images).toEqual([]);
});

test("accounts, roles, claims, definitions and services come before those that stand on them", () => {
  const role = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" };
  const definition = { spec: { group: "example.com", names: { kind: "Thing" } } };
  const path = { backend: { service: { name: "web" } } };
  const order = orderOf([
    object("networking.k8s.io/v1", "Ingress", "in", { spec: { rules: [{ http: { paths: [path] } }] } }),
    object("example.com/v1", "Thing", "thing"),
    object("apps/v1", "StatefulSet", "db", {
      spec: {
        serviceName: "db",
        template: {
          spec: {
            serviceAccountName: "runner",
            containers: [{ name: "db" }],
            volumes: [{ persistentVolumeClaim: { claimName: "data" } }],
          },
        },
      },
    }),
    object("rbac.authorization.k8s.io/v1", "RoleBinding", "bind", {
      roleRef: role,
      subjects: [{ kind: "ServiceAccount", name: "runner", namespace: "n" }],
    }),
    object("rbac.authorization.k8s.io/v1", "RoleBinding", "of-another", {
      roleRef: role,
      subjects: [{ kind: "ServiceAccount", name: "other", namespace: "n" }],
    }),
    object("rbac.authorization.k8s.io/v1", "Role", "reader"),
    object("v1", "ServiceAccount", "runner"),
    object("v1", "PersistentVolumeClaim", "data"),
    object("v1", "Service", "db"),
    object("v1", "Service", "web"),
    object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.example.com", definition, null),
  ]);
  const after = (id: string) => [...(order.get(id)?.after ?? [])].sort();
  expect(after("networking.k8s.io/Ingress/n/in")).toEqual(["Service/n/web"]);
  expect(after("example.com/Thing/n/thing")).toEqual([
    "apiextensions.k8s.io/CustomResourceDefinition/-/things.example.com",
  ]);
  expect(after("apps/StatefulSet/n/db")).toEqual([
    "PersistentVolumeClaim/n/data",
    "Service/n/db",
    "ServiceAccount/n/runner",
    "rbac.authorization.k8s.io/RoleBinding/n/bind",
  ]);
  expect(after("rbac.authorization.k8s.io/RoleBinding/n/bind")).toEqual([
    "ServiceAccount/n/runner",
    "rbac.authorization.k8s.io/Role/n/reader",
  ]);
});

test("webhooks and API services come after everything else", () => {
  const order = orderOf([
    object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "hook", {}, null),
    object("apiregistration.k8s.io/v1", "APIService", "v1.example.com", {}, null),
    workload("web", "web"),
    object("v1", "ConfigMap", "alone"),
  ]);
  const hook = order.get("admissionregistration.k8s.io/ValidatingWebhookConfiguration/-/hook");
  expect([...(hook?.after ?? [])].sort()).toEqual(["ConfigMap/n/alone", "apps/Deployment/n/web"]);
});

test("the same object twice is found, in whatever version", () => {
  const one = { object: object("networking.k8s.io/v1", "Ingress", "in") };
  const other = { object: object("networking.k8s.io/v1beta1", "Ingress", "in") };
  expect(duplicates([one, { object: object("v1", "Service", "in") }, other])).toEqual([[one, other]]);
});

test("whatever objects name, the order has no circles and names only objects that are there", () => {
  const names = fc.constantFrom("a", "b", "c");
  const any = fc.oneof(
    fc
      .record({ name: names, from: names })
      .map(({ name, from }) => workload(name, "web", { envFrom: [{ configMapRef: { name: from } }] })),
    names.map((name) => object("v1", "ConfigMap", name)),
    fc
      .record({ name: names, of: names })
      .map(({ name, of }) =>
        object("networking.k8s.io/v1", "Ingress", name, { spec: { defaultBackend: { service: { name: of } } } }),
      ),
    fc
      .record({ name: names, of: names })
      .map(({ name, of }) => object("v1", "Service", name, { spec: { selector: { app: of } } })),
    names.map((name) => object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", name, {}, null)),
    fc.record({ name: names, of: names }).map(({ name, of }) => object("v1", "Namespace", name, { spec: { of } }, of)),
  );
  void fc.assert(
    fc.property(fc.array(any, { maxLength: 12 }), (objects) => {
      const order = orderOf(objects);
      const done = new Set<string>();
      const visit = (id: string, path: readonly string[]) => {
        expect(path).not.toContain(id);
        if (done.has(id)) return;
        for (const next of order.get(id)?.after ?? []) {
          expect(order.has(next)).toBe(true);
          visit(next, [...path, id]);
        }
        done.add(id);
      };
      for (const id of order.keys()) visit(id, []);
    }),
  );
});
