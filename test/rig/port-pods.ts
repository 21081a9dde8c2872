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
  /** Seconds before a pod counts as ready. */
  readonly readyAfter?: number;
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

/** Applies the Deployment and its Service; `version` is what they answer. */
export async function applyPortPods(
  at: { readonly namespace: string; readonly image: string; readonly name: string },
  version: string,
  { replicas = 1, delay = 0, strategy = "RollingUpdate", readyAfter = 0, grace = 0 }: PodOptions = {},
): Promise<void> {
  const probe = { tcpSocket: { port: ports.http }, initialDelaySeconds: readyAfter, periodSeconds: 1 };
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
    ...(readyAfter > 0 ? { readinessProbe: probe } : {}),
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
