/**
 * Cancels the body of an answer that is not read. An error of its connection is ignored; otherwise the runtime would
 * report it during later work.
 */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
