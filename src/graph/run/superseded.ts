/**
 * Why the signal of a pass is aborted where a newer pass is about to take its place. Unlike any other abort it ends
 * nothing that runs: the newer pass joins each run or ends it.
 */
export class Superseded extends Error {
  // Whatever reads the signal takes it for a cancellation.
  override readonly name = "AbortError";

  constructor() {
    super("a newer pass has taken its place");
  }
}
