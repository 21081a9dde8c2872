/** A busybox image in the test cluster's nodes, for workloads that run or fail on purpose. Gone with the disposal. */
import type { DeliverableImage } from "../../src/image/destination.ts";
import { openNodesDestination } from "../../src/image/node/nodes.ts";
import { fullSender } from "../../src/image/node/send-full.ts";
import { contentReference } from "../../src/image/reference.ts";
import { removeFrom, testEngine, testTarget } from "./kind-node.ts";
import { scratchImages } from "./scratch-image.ts";

export interface NodeImage extends AsyncDisposable {
  /** What a pod spec uses; its command is `["/bin/busybox", ...]`. */
  readonly reference: string;
}

export async function busyboxOnNode(part: string): Promise<NodeImage> {
  const images = await busyboxesOnNode(part, [[1]]);
  return { reference: images.references[0] as string, [Symbol.asyncDispose]: () => images[Symbol.asyncDispose]() };
}

/** Several of them, each with layers of its own: the `n`th layer is the file `/data<n>/layer<n>`. */
export async function busyboxesOnNode(
  part: string,
  layersKiB: readonly (readonly number[])[],
): Promise<AsyncDisposable & { readonly references: readonly string[] }> {
  await using stack = new AsyncDisposableStack();
  const images = stack.use(await scratchImages(part));
  const references: string[] = [];
  for (const layers of layersKiB) {
    const id = await images.build("busybox", layers);
    references.push(await deliverToNodes({ id, name: contentReference(images.repository("busybox"), id) }, stack));
  }
  const owned = stack.move();
  return { references, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Brings an image of the engine to the nodes; it leaves them with the stack. What manifests call it. */
export async function deliverToNodes(image: DeliverableImage, stack: AsyncDisposableStack): Promise<string> {
  const signal = AbortSignal.timeout(180_000);
  const engine = await testEngine();
  const target = await testTarget(engine);
  stack.defer(async () => {
    for (const node of target.nodes) await removeFrom(node.container, image.name);
  });
  const destination = stack.use(
    await openNodesDestination(engine, target, fullSender(engine), undefined, () => {}, signal),
  );
  return (await destination.deliver(image, signal)).reference;
}
