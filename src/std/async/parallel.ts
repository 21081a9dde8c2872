/**
 * The same work for many items, a few at a time, started in the order of the items. The first failure aborts the other
 * items, and is thrown when all of them have ended, so that no work continues after the call.
 */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const queue = [...items];
  let first: { readonly thrown: unknown } | undefined;
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined && !either.aborted; next = queue.shift()) {
      try {
        await work(next, either);
      } catch (thrown) {
        first ??= { thrown };
        failed.abort(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (first) throw first.thrown;
  signal.throwIfAborted();
}
