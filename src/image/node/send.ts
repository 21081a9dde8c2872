/**
 * How an image is sent into nodes that lack it. Senders differ in what they move; each leaves nothing incomplete
 * behind.
 */
import type { DeliverableImage } from "../destination.ts";
import type { Node } from "./node.ts";

export interface Sent {
  readonly how: "delta" | "full";
  /** Bytes moved into all nodes together; absent where a tool moved them. */
  readonly bytes?: number;
}

export interface Sender extends AsyncDisposable {
  /** @throws Failure where the image could not be sent into every one of `nodes` */
  send(image: DeliverableImage, nodes: readonly Node[], signal: AbortSignal): Promise<Sent>;
}
