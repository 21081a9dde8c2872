/** How an image gets into nodes that lack it. Ways differ in what they move; each leaves nothing half-done behind. */
import type { DeliverableImage } from "../destination.ts";
import type { Node } from "./node.ts";

export interface Sent {
  readonly how: "delta" | "full";
  /** Moved into all nodes together; absent where a tool did it. */
  readonly bytes?: number;
}

export interface Sender extends AsyncDisposable {
  /** @throws Failure where the image could not be brought into every one of `nodes`. */
  send(image: DeliverableImage, nodes: readonly Node[], signal: AbortSignal): Promise<Sent>;
}
