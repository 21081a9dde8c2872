/**
 * The nodes of a local cluster as one destination: an image is present when every node has it completely under its
 * name.
 * Decides for each node whether to do nothing, to add a name, or to send; a `Sender` decides how bytes travel. Where no
 * node can be reached, the cluster's own tool loads the image, with one notice.
 */
import { Failure } from "../../diag/failure.ts";
import { ahead } from "../../std/async/ahead.ts";
import type { DeliverableImage, Delivered, Destination, Notice, Presence } from "../destination.ts";
import type { Engine } from "../engine/engine.ts";
import { fullName } from "../reference.ts";
import type { NodesTarget } from "../target.ts";
import { type Node, openNode } from "./node.ts";
import { type NodeContents, namesOf } from "./node-contents.ts";
import type { Sender } from "./send.ts";

/** Loads an image of the engine by the cluster's own tool (`kind load docker-image`). */
export type ToolLoad = (image: DeliverableImage, signal: AbortSignal) => Promise<void>;

/** Opens a shell into every node, in parallel. It takes some 50 ms, so callers start it during the first build. */
export async function openNodesDestination(
  engine: Engine,
  target: NodesTarget,
  sender: Sender,
  toolLoad: ToolLoad | undefined,
  notice: Notice,
  signal: AbortSignal,
): Promise<Destination> {
  const open = (node: NodesTarget["nodes"][number]) => openNode(engine, node.container, node.name, signal);
  return openNodesBy(open, target, sender, toolLoad, notice);
}

/** @param open opens a shell on one node */
export async function openNodesBy(
  open: (node: NodesTarget["nodes"][number]) => Promise<Node>,
  target: NodesTarget,
  sender: Sender,
  toolLoad: ToolLoad | undefined,
  notice: Notice,
): Promise<Destination> {
  const opened = await Promise.allSettled(target.nodes.map(open));
  const nodes = opened.flatMap((o) => (o.status === "fulfilled" ? [o.value] : []));
  const failed = opened.find((o) => o.status === "rejected");
  if (failed === undefined) return nodesDestination(target, nodes, sender, toolLoad, notice);
  await Promise.all([sender, ...nodes].map((live) => live[Symbol.asyncDispose]()));
  if (!(failed.reason instanceof Failure) || toolLoad === undefined) throw failed.reason;
  notice(`images are loaded whole by ${target.tool}: ${failed.reason.message}`);
  return toolOnly(target, toolLoad);
}

function nodesDestination(
  target: NodesTarget,
  nodes: readonly Node[],
  sender: Sender,
  toolLoad: ToolLoad | undefined,
  notice: Notice,
): Destination {
  const sendOrLoad = async (image: DeliverableImage, lacking: readonly Node[], signal: AbortSignal) => {
    try {
      return await sender.send(image, lacking, signal);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || toolLoad === undefined || signal.aborted) throw thrown;
      notice(`${image.name} is loaded by ${target.tool}: ${thrown.message}`);
      await toolLoad(image, signal);
      return { how: "full" } as const;
    }
  };
  const closed = new AbortController();
  return {
    id: target.id,
    kind: "nodes",
    label: target.label,
    async has(images, signal) {
      const contents = await Promise.all(nodes.map((node) => node.list(images.flatMap(namesOf), signal)));
      return Promise.all(images.map((image) => presenceOnAll(nodes, contents, image, signal)));
    },
    async deliver(image, signal): Promise<Delivered> {
      const started = performance.now();
      const steps = await Promise.all(nodes.map((node) => settle(node, image, signal)));
      const lacking = nodes.filter((_, i) => steps[i] === "lacking");
      const seconds = () => (performance.now() - started) / 1000;
      if (lacking.length > 0) {
        const sent = await sendOrLoad(image, lacking, signal);
        return { reference: image.name, ...sent, seconds: seconds() };
      }
      const how = steps.includes("tagged") ? "tagged" : "present";
      return { reference: image.name, how, bytes: 0, seconds: seconds() };
    },
    expect() {
      for (const node of nodes) ahead(node.layers(closed.signal));
    },
    async forget(names, signal) {
      await Promise.all(nodes.map((node) => node.forget(names, signal)));
    },
    async [Symbol.asyncDispose]() {
      closed.abort();
      await sender[Symbol.asyncDispose]();
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    },
  };
}

async function presenceOnAll(
  nodes: readonly Node[],
  contents: readonly NodeContents[],
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<Presence> {
  const states = await Promise.all(
    nodes.map((node, i) => node.presence(image.id, image.name, contents[i] as NodeContents, signal)),
  );
  const without = nodes.filter((_, i) => states[i]?.state !== "named").map((node) => node.name);
  if (without.length === 0)
    return { present: true, reference: image.name, proof: `listed by ${nodes.map((n) => n.name).join(", ")}` };
  const known = states.every((s) => s.state !== "absent");
  const what = known ? "known under another name only" : "missing";
  return { present: false, reason: `${what} on ${without.join(", ")}` };
}

/**
 * Gives the image its name on one node without sending, where possible. A remembered listing decides as long as the
 * node itself would refuse an error; "it is there already" is only said after a new listing.
 */
async function settle(
  node: Node,
  image: DeliverableImage,
  signal: AbortSignal,
): Promise<"present" | "tagged" | "lacking"> {
  const known = node.known(namesOf(image));
  if (known && !known.names.has(image.id) && !known.names.has(fullName(image.name))) return "lacking";
  if (known && !known.names.has(fullName(image.name))) {
    const presence = await node.presence(image.id, image.name, known, signal);
    if (presence.state === "unnamed" && (await node.tag(presence.under, image.name, signal))) return "tagged";
  }
  const presence = await node.presence(image.id, image.name, await node.list(namesOf(image), signal), signal);
  if (presence.state === "named") return "present";
  if (presence.state === "unnamed" && (await node.tag(presence.under, image.name, signal))) return "tagged";
  return "lacking";
}

function toolOnly(target: NodesTarget, toolLoad: ToolLoad): Destination {
  return {
    id: target.id,
    kind: "nodes",
    label: target.label,
    has: async (images) => images.map(() => ({ present: false, reason: "the nodes cannot be asked" })),
    async deliver(image, signal) {
      const started = performance.now();
      await toolLoad(image, signal);
      return { reference: image.name, how: "full", seconds: (performance.now() - started) / 1000 };
    },
    forget: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
