/**
 * Starts work before its result is needed: opening a way into a node and the first answer of an API server take as long
 * as everything else of a start in which nothing changed. A caller that needs the result awaits the same promise, and a
 * failure is thrown to that caller.
 */
export function ahead(...begun: readonly Promise<unknown>[]): void {
  for (const promise of begun) promise.catch(() => undefined);
}
