/**
 * Reaches for things before they are needed: the way into a node and the first answer of an API server take as long as
 * everything else in a start with nothing changed. Whoever needs them waits for the same promise, and hears of a failure.
 */
export function ahead(...begun: readonly Promise<unknown>[]): void {
  for (const promise of begun) promise.catch(() => undefined);
}
