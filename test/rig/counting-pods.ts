/**
 * Workloads that count: every pod writes 1, 2, 3, ... a line each, at a rate, and `end N` after its last line when it is
 * told to end. Whoever follows the logs can be checked to the line.
 */
import { kubectl } from "./kubectl.ts";

export interface Counting {
  readonly replicas: number;
  /** Lines a second of each pod. */
  readonly rate: number;
  /** Any text: another one makes new pods. */
  readonly version: string;
}

const tickMs = 50;

export async function applyCounting(namespace: string, image: string, name: string, how: Counting): Promise<string> {
  const step = Math.max(1, Math.round((how.rate * tickMs) / 1000));
  const script = `
n=0
stop=
trap 'stop=1' TERM
while [ -z "$stop" ]; do
  /bin/busybox seq $((n + 1)) $((n + ${step}))
  n=$((n + ${step}))
  /bin/busybox usleep ${tickMs * 1000}
done
/bin/busybox echo "end $n"`;
  const labels = { app: name };
  const container = {
    name: "count",
    image,
    imagePullPolicy: "Never",
    command: ["/bin/busybox", "sh", "-c", script],
    env: [{ name: "VERSION", value: how.version }],
  };
  const init = { name: "first", image, imagePullPolicy: "Never", command: ["/bin/busybox", "echo", "from init"] };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: how.replicas,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 10, initContainers: [init], containers: [container] },
      },
    },
  };
  const out = await kubectl(["apply", "-o", "json", "-f", "-"], JSON.stringify(deployment));
  return (JSON.parse(out) as { metadata: { uid: string } }).metadata.uid;
}

/** Complaints about a pod's lines: gaps, repeats, a wrong order; empty where they are right. */
export function countingFaults(lines: readonly string[], ended: boolean): string[] {
  const faults: string[] = [];
  let expected = 1;
  for (const [i, line] of lines.entries()) {
    if (line === `end ${expected - 1}` && i === lines.length - 1) return faults;
    if (line !== String(expected)) faults.push(`line ${i}: ${line} in place of ${expected}`);
    expected = Number(line) + 1;
    if (faults.length > 5) return faults;
  }
  if (ended) faults.push(`no end after ${lines.length} lines`);
  return faults;
}
