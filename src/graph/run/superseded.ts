/**
 * The abort reason of a pass's signal when a newer pass supersedes it. Unlike any other reason it ends no run: the
 * newer pass joins each run or ends it.
 */
export class Superseded extends Error {
  // The usual name of abort errors, so that readers of the signal take it for a cancellation.
  override readonly name = "AbortError";

  constructor() {
    super("a newer pass has taken its place");
  }
}
