/**
 * The floors: what a change costs where everything around it is open already and nothing is decided. The same build by
 * the same builder, its layers over an open shell into the node, one PATCH, and the container's first line by the clock
 * of its runtime; and a start by the ordinary commands.
 */
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { requestJson } from "../../src/cluster/connect/request.ts";
import { applyObject } from "../../src/cluster/objects/apply.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import { type DeliveryMeans, openDestination } from "../../src/image/open-destination.ts";
import { contentReference, type ImageId } from "../../src/image/reference.ts";
import { registryClient } from "../../src/image/registry/registry.ts";
import { sourcesOver } from "../../src/image/source/open-source.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openScratch } from "../../src/store/scratch.ts";
import { eventually } from "../../test/rig/eventually.ts";
import { testEngine, testTarget } from "../../test/rig/kind-node.ts";
import { kubectl } from "../../test/rig/kubectl.ts";
import { command } from "../measure.ts";
import type { Example } from "./example.ts";

/** Milliseconds. */
export interface Rollout {
  readonly build: number;
  readonly deliver: number;
  /** From the PATCH to the first line of the container. */
  readonly begun: number;
}

export interface ByHand extends AsyncDisposable {
  /** Changes what the Go server says, and brings it into a container of its own Deployment. */
  rollout(message: string): Promise<Rollout>;
  /** Builds the two images from the builder's cache, applies, and waits, by `docker` and `kubectl`. */
  start(): Promise<void>;
  /** Takes away what `start` made. */
  stop(): Promise<void>;
}

const { signal } = new AbortController();
const name = "by-hand";
const baseArgs = ["GO_IMAGE=devloop.local/golang:1", "BUSYBOX_IMAGE=devloop.local/busybox:1"];

export async function byHand(project: Example, cluster: Cluster): Promise<ByHand> {
  const { namespace, images, directory } = project;
  const engine = await testEngine();
  const credentials: DeliveryMeans["credentials"] = async () => undefined;
  const registry = registryClient(credentials, [], systemClock);
  const means: DeliveryMeans = {
    engine,
    credentials,
    registry,
    sources: sourcesOver(registry),
    secret: "bench",
    scratch: () => openScratch(`${directory}-scratch`),
    notice: (text) => console.error(text),
  };
  const destination = await openDestination(await testTarget(engine), means, signal);
  const own = `${directory}-by-hand`;
  await cp(join(directory, "web"), own, { recursive: true });

  const build = async (context: string, repository: string, args: readonly string[] = baseArgs): Promise<ImageId> => {
    const idFile = `${context}.id`;
    const options = args.flatMap((arg) => ["--build-arg", arg]);
    const argv = ["docker", "buildx", "build", "--provenance=false", "--iidfile", idFile, "-t", `${repository}:bench`];
    await command([...argv, ...options, context]);
    const id = (await readFile(idFile, "utf8")).trim() as ImageId;
    await rm(idFile);
    return id;
  };
  const deliver = async (repository: string, id: ImageId): Promise<string> => {
    const { reference } = await destination.deliver({ id, name: contentReference(repository, id) }, signal);
    return reference;
  };
  let before: string | undefined;
  return {
    async rollout(message) {
      const file = join(own, "main.go");
      await writeFile(file, saying(await readFile(file, "utf8"), message));
      const times = [performance.now()];
      const repository = `${images}-${name}`;
      const id = await build(own, repository);
      times.push(performance.now());
      const reference = await deliver(repository, id);
      times.push(performance.now());
      const [started = 0, built = 0, delivered = 0] = times;
      const sent = Date.now();
      if (before === undefined) {
        const options = { manager: "bench", force: true };
        await applyObject(cluster, deployment(namespace, reference), undefined, options, signal);
      } else await patchImage(cluster, namespace, reference);
      before = reference;
      const begun = (await firstLine(cluster, namespace, reference)) - sent;
      return { build: built - started, deliver: delivered - built, begun };
    },
    async start() {
      const artifacts = [
        { part: "web", args: baseArgs },
        { part: "site", args: [...baseArgs, "VERSION=bench"] },
      ];
      const built = await Promise.all(
        artifacts.map(async ({ part, args }) => {
          const repository = `${images}-${part}`;
          const reference = await deliver(repository, await build(join(directory, part), repository, args));
          return [repository, reference] as const;
        }),
      );
      await kubectl(["-n", namespace, "apply", "--server-side", "-f", "-"], await manifests(directory, built));
      await kubectl(["-n", namespace, "rollout", "status", "deployment/web", "deployment/site"]);
    },
    async stop() {
      const objects = ["deployment/web", "deployment/site", "service/web", "service/site", "configmap/settings"];
      await kubectl(["-n", namespace, "delete", ...objects, "ingress/getting-started", "--cascade=foreground"]);
    },
    async [Symbol.asyncDispose]() {
      await destination[Symbol.asyncDispose]();
      await rm(own, { recursive: true });
    },
  };
}

/** The Go server with other words. */
export function saying(code: string, message: string): string {
  return code.replace(/message = ".*"/, `message = ${JSON.stringify(message)}`);
}

async function manifests(directory: string, images: readonly (readonly [string, string])[]): Promise<string> {
  const folder = join(directory, "k8s");
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
  return images.reduce(
    (text, [repository, reference]) => text.replaceAll(`image: ${repository}\n`, `image: ${reference}\n`),
    texts.join("\n---\n"),
  );
}

function deployment(namespace: string, image: string) {
  const labels = { app: name };
  const resources = { requests: { cpu: "10m", memory: "16Mi" } };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name, image, resources }] },
      },
    },
  };
}

async function patchImage(cluster: Cluster, namespace: string, image: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const body = JSON.stringify([{ op: "replace", path: "/spec/template/spec/containers/0/image", value: image }]);
  await requestJson(
    cluster,
    path,
    { method: "PATCH", contentType: "application/json-patch+json", body, signal },
    "patch",
  );
}

/** When the runtime took the first line of the container that runs the image: milliseconds since the epoch. */
async function firstLine(cluster: Cluster, namespace: string, image: string): Promise<number> {
  const selection = { apiVersion: "v1", kind: "Pod", namespace, labelSelector: `app=${name}` };
  const pod = await eventually(`a container of ${image}`, async () => {
    const { items } = await listObjects(cluster, selection, signal);
    return items.find(({ spec, status }) => {
      return spec.containers[0].image === image && status?.containerStatuses?.[0]?.state?.running !== undefined;
    });
  });
  return eventually("its first line", async () => {
    const line = await kubectl(["-n", namespace, "logs", pod.metadata.name, "--timestamps"]);
    const at = Date.parse(line.split(" ", 1)[0] ?? "");
    return Number.isNaN(at) ? undefined : at;
  });
}
