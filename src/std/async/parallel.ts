/**
 * The same work for many items, a few at once, started in their order. Nothing goes on behind the caller's back: the
 * first failure aborts the others, and is thrown when all of them have ended.
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
