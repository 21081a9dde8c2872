/** A sample that a seed decides, in an order that is as random: to draw more continues it. */
export function draw<T>(from: readonly T[], count: number, seed: number): readonly T[] {
  const random = generator(seed);
  const left = [...from];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}

/** Numbers in `[0, 1)` by a linear congruence: enough for a sample, the same on every machine. */
function generator(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
