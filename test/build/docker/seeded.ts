/** A small seeded generator, so that a failing case is named by one number. */
export interface Seeded {
  /** At least 0, below `below`. */
  int(below: number): number;
  pick<T>(from: readonly T[]): T;
  chance(probability: number): boolean;
  /** Each item with the probability given, in order. */
  some<T>(from: readonly T[], probability: number): T[];
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    int,
    chance: (probability) => next() < probability,
    some: (from, probability) => from.filter(() => next() < probability),
    pick: (from) => {
      const item = from[int(from.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
  };
}
