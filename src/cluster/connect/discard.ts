/**
 * Lets go of an answer that nobody reads. That its connection broke meanwhile is no news then: the runtime would say so
 * in the middle of whatever comes next, and not always with a word.
 */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
