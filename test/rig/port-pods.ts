/**
 * A Deployment whose pods serve ports in ways that a forward has to stand: an echo, a server that never reads, one that
 * closes after its answer, and HTTP. All of it is busybox.
 */
import { kubectl } from "./kubectl.ts";

export const ports = { echo: 7000, stalled: 7001, closing: 7002, http: 8080, nobody: 9999 } as const;

export interface PortPods {
  /** Applies the Deployment and its Service; `version` is what HTTP answers. */
  apply(version: string, options?: PodOptions): Promise<void>;
}

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

export function portPods(namespace: string, image: string, name = "ports"): PortPods {
  return {
    async apply(version, { replicas = 1, delay = 0, strategy = "RollingUpdate", readyAfter = 0, grace = 0 } = {}) {
      const script = [
        `mkdir -p /www; echo ${version} > /www/index.html; sleep ${delay}`,
        `nc -ll -p ${ports.echo} -e /bin/busybox cat &`,
        `nc -ll -p ${ports.stalled} -e /bin/busybox sleep 3600 &`,
        `nc -ll -p ${ports.closing} -e /bin/busybox echo ${version} &`,
        // Not the first process: that one is sent no signal that it does not ask for, so it outlives the grace.
        `httpd -f -p ${ports.http} -h /www`,
      ].join("\n");
      const container = {
        name: "ports",
        image,
        imagePullPolicy: "Never",
        command: ["/bin/busybox", "sh", "-c", `${wrapped}${script}`],
        ports: [
          { name: "http", containerPort: ports.http },
          { name: "echo", containerPort: ports.echo },
        ],
        ...(readyAfter > 0
          ? {
              readinessProbe: {
                exec: { command: ["/bin/busybox", "true"] },
                initialDelaySeconds: readyAfter,
                periodSeconds: 1,
              },
            }
          : {}),
      };
      const labels = { app: name };
      const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace },
        spec: {
          replicas,
          strategy: { type: strategy },
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: grace, containers: [container] } },
        },
      };
      const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace },
        spec: {
          selector: labels,
          ports: [
            { name: "web", port: 80, targetPort: "http" },
            { name: "echo", port: ports.echo, targetPort: ports.echo },
          ],
        },
      };
      const list = { apiVersion: "v1", kind: "List", items: [deployment, service] };
      await kubectl(["apply", "-f", "-"], JSON.stringify(list));
    },
  };
}

/** The image has no links to busybox: its applets are functions of the shell. */
const wrapped = ["mkdir", "nc", "httpd"].map((applet) => `${applet}() { /bin/busybox ${applet} "$@"; }\n`).join("");
