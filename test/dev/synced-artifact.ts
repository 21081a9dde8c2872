/** An artifact of its own in the test cluster: an image, a Deployment of it, and a syncer that keeps its pods up to date. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { applyObject } from "../../src/cluster/objects/apply.ts";
import { listObjects } from "../../src/cluster/objects/objects.ts";
import type { SyncFile } from "../../src/dev/loop/classify.ts";
import { Syncer } from "../../src/dev/sync/syncer.ts";
import type { DeployedImage } from "../../src/dev/sync/wanted-overlay.ts";
import type { Event } from "../../src/event/event.ts";
import { systemClock } from "../../src/std/clock.ts";
import { moment } from "../../src/std/moment.ts";
import { openDocuments } from "../../src/store/documents.ts";
import { describePath } from "../../src/store/tree/describe.ts";
import type { BuiltImage } from "../rig/built-on-node.ts";
import { eventually } from "../rig/eventually.ts";
import { flatInputs } from "../rig/flat-inputs.ts";
import { kubectl } from "../rig/kubectl.ts";

const signal = new AbortController().signal;
const artifact = "site";

/** All tools that a sync uses, and a page. Its process ends when there is a file `/stop`. */
export const dockerfile = `FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
COPY busybox /bin/tar
COPY busybox /bin/rm
COPY busybox /bin/head
COPY busybox /bin/cat
WORKDIR /www
COPY site /www/site
CMD ["/bin/busybox", "sh", "-c", "until [ -e /stop ]; do sleep 1; done"]
`;

export async function deploy(cluster: Cluster, namespace: string, reference: string, more: object = {}): Promise<void> {
  const labels = { app: artifact };
  const container = { name: "main", image: reference, ...more };
  const object = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: artifact, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } },
    },
  };
  await applyObject(cluster, object, undefined, { manager: "devloop", force: true }, signal);
  await rolledOut(cluster, namespace, reference);
}

/** The names of the pods once all of them run this image and nothing else. */
export async function rolledOut(cluster: Cluster, namespace: string, reference: string): Promise<string[]> {
  return eventually("the pods", async () => {
    const { items } = await listObjects(cluster, { apiVersion: "v1", kind: "Pod", namespace }, signal);
    const live = items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const ready = live.every(
      (pod) => pod.spec.containers[0].image === reference && pod.status?.containerStatuses?.[0]?.state?.running,
    );
    return ready && live.length > 0 ? live.map((pod) => pod.metadata.name) : undefined;
  });
}

/** What a file holds in the Deployment's pod; undefined where it is not there. */
export async function inPod(
  namespace: string,
  path: string,
  pod = `deployment/${artifact}`,
): Promise<string | undefined> {
  return kubectl(["-n", namespace, "exec", pod, "--", "/bin/busybox", "cat", path]).catch((error: Error) => {
    if (error.message.includes("No such file")) return undefined;
    throw error;
  });
}

export interface State extends AsyncDisposable {
  readonly directory: string;
}

/** A state folder that outlives syncers, as the disk outlives sessions. */
export async function state(): Promise<State> {
  const directory = await mkdtemp(join(tmpdir(), "devloop-state-"));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

export interface Session extends AsyncDisposable {
  readonly syncer: Syncer;
  readonly events: Event[];
  readonly troubles: string[];
  notices(): string[];
  deployed(image: BuiltImage): Promise<void>;
  /** Syncs paths relative to the context into `/www`, as the workspace has them now. */
  sync(image: BuiltImage, ...paths: string[]): Promise<boolean>;
}

export function session(cluster: Cluster, namespace: string, { directory }: State, context: string): Session {
  const events: Event[] = [];
  const troubles: string[] = [];
  const syncer = new Syncer({
    cluster,
    documents: openDocuments(directory),
    overlayName: (image) => `overlay/test/cluster/${image}`,
    context: () => context,
    trouble: (image) => void troubles.push(image),
    clock: systemClock,
    emit: (event) => void events.push(event),
  });
  return {
    syncer,
    events,
    troubles,
    notices: () => events.flatMap((event) => (event.type === "notice" ? [event.text] : [])),
    async deployed({ imageId, reference }) {
      const readAt = moment();
      const inputs: Record<string, string> = {};
      for await (const path of new Bun.Glob("**/*").scan({ cwd: context, onlyFiles: false }))
        inputs[path] = (await describePath(join(context, path), signal)) ?? "";
      const images = new Map<string, DeployedImage>([
        [artifact, { imageId, reference, inputs: flatInputs(inputs), readAt }],
      ]);
      await syncer.deployed(images, [namespace], signal);
    },
    async sync(_image, ...paths) {
      const files = paths.map(async (path): Promise<SyncFile> => {
        const source = join(context, path);
        const print = await describePath(source, signal);
        const kind = print === undefined ? "gone" : print.startsWith("directory") ? "directory" : "file";
        return { source, path, kind, print, at: moment(), destinations: [`/www/${path}`] };
      });
      return syncer.sync(artifact, await Promise.all(files), signal);
    },
    [Symbol.asyncDispose]: () => syncer[Symbol.asyncDispose](),
  };
}
