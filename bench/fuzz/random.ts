/** Random inputs for parsers: the same for the same seed. Mostly valid samples, damaged in a few places, cut in pieces. */

export interface Random {
  /** A whole number below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  bytes(most: number): Buffer;
  /** The bytes with some of them changed, left out, repeated or put in; often unchanged. */
  damaged(bytes: Buffer): Buffer;
  /** The same bytes in pieces. */
  cut(bytes: Buffer): Buffer[];
}

/** Xorshift. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const below = (limit: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return limit <= 0 ? 0 : (state >>> 0) % limit;
  };
  const bytes = (most: number) => {
    const made = Buffer.alloc(below(most + 1));
    for (let i = 0; i < made.length; i++) made[i] = below(256);
    return made;
  };
  return {
    below,
    bytes,
    pick: (items) => items[below(items.length)] ?? items[0],
    damaged(whole) {
      let made = whole;
      for (let edits = below(4); edits > 0; edits--) {
        const at = below(made.length + 1);
        const piece = made.subarray(at, at + below(below(2) === 0 ? 3 : 30));
        const put = [
          Buffer.alloc(0),
          bytes(4),
          Buffer.concat([piece, piece]),
          Buffer.from('\r\n0\n{["x'.slice(below(8))),
        ];
        made = Buffer.concat([made.subarray(0, at), put[below(4)] ?? bytes(1), made.subarray(at + piece.length)]);
      }
      return made;
    },
    cut(whole) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < whole.length; ) {
        const end = Math.min(whole.length, at + 1 + below(below(3) === 0 ? 4 : 200));
        pieces.push(whole.subarray(at, end));
        at = end;
      }
      return pieces;
    },
  };
}
