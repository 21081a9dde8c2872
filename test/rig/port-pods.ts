/**
 * A Deployment whose pods serve ports in ways that a forward has to stand (`port-server/`): an echo, a server that never
 * reads, ones that close, reset or take their time, a sink, a source, and HTTP.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { type BuiltImage, imageFrom } from "./built-on-node.ts";
import { builtGoProgram } from "./go-program.ts";
import { kubectl } from "./kubectl.ts";

export const ports = {
  echo: 7000,
  /** Never reads. */
  stalled: 7001,
  /** Answers its version and closes. */
  closing: 7002,
  /** Takes `bulkBytes` and answers `done`. */
  sink: 7003,
  /** Gives `bulkBytes`. */
  source: 7004,
  /** Answers anything with five lines in two and a half seconds, and closes. */
  slow: 7005,
  /** Resets in the middle of its answer. */
  resetting: 7006,
  http: 8080,
  nobody: 9999,
} as const;

export const bulkBytes = 256 * 1024 * 1024;

export interface PodOptions {
  readonly replicas?: number;
  /** Seconds before the servers listen. */
  readonly delay?: number;
  readonly strategy?: "RollingUpdate" | "Recreate";
  /** When a pod counts as ready: as soon as it runs, once it serves, or once somebody has asked it for `/be-ready`. */
  readonly ready?: "running" | "serving" | "told";
  /** Seconds that a pod takes to end; its servers answer meanwhile. */
  readonly grace?: number;
}

/** The server's image on the test cluster's nodes. */
export async function portServerOnNode(part: string): Promise<BuiltImage> {
  await using stack = new AsyncDisposableStack();
  const image = stack.use(await imageFrom(part, "FROM scratch\nCOPY busybox /\n", {}));
  await cp(await builtGoProgram(join(import.meta.dir, "port-server")), join(image.context, "server"));
  await image.write("Dockerfile", 'FROM scratch\nCOPY server /\nENTRYPOINT ["/server"]\n');
  await image.build();
  await image.deliver();
  stack.move();
  return image;
}

/** What the pod behind a local port answers: its version. */
export async function page(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/index.html`, { keepalive: false });
  return (await response.text()).trim();
}

/** The page of a pod that is only just coming. A connection waits for it some ten seconds; then it is for us to retry. */
export async function firstPage(port: number): Promise<string> {
  for (;;) {
    const began = performance.now();
    try {
      return await page(port);
    } catch (thrown) {
      if (performance.now() - began < 9_000) throw thrown;
    }
  }
}

/** Applies the Deployment and its Service; `version` is what they answer. */
export async function applyPortPods(
  at: { readonly namespace: string; readonly image: string; readonly name: string },
  version: string,
  { replicas = 1, delay = 0, strategy = "RollingUpdate", ready = "running", grace = 0 }: PodOptions = {},
): Promise<void> {
  const probe = { httpGet: { path: ready === "told" ? "/ready" : "/", port: ports.http }, periodSeconds: 1 };
  const container = {
    name: "ports",
    image: at.image,
    imagePullPolicy: "Never",
    env: [
      { name: "VERSION", value: version },
      { name: "DELAY", value: String(delay) },
    ],
    ports: [
      { name: "http", containerPort: ports.http },
      { name: "echo", containerPort: ports.echo },
    ],
    ...(ready !== "running" ? { readinessProbe: probe } : {}),
  };
  const labels = { app: at.name };
  const metadata = { name: at.name, namespace: at.namespace };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: grace, containers: [container] } };
  const spec = { replicas, strategy: { type: strategy }, selector: { matchLabels: labels }, template };
  const servicePorts = [
    { name: "web", port: 80, targetPort: "http" },
    { name: "echo", port: ports.echo, targetPort: ports.echo },
  ];
  const items = [
    { apiVersion: "apps/v1", kind: "Deployment", metadata, spec },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: labels, ports: servicePorts } },
  ];
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}
