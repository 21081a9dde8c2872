/** The ways in which a file on a disk is found after accidents. */
import fc from "fast-check";

/** The bytes of a damaged file, made from the good ones. */
export const damage: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % Math.max(1, bytes.length))),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, by]) => (bytes: Buffer) => {
    const other = Buffer.from(bytes);
    const where = at % Math.max(1, other.length);
    other[where] = (other[where] ?? 0) ^ by;
    return other;
  }),
  fc.uint8Array({ maxLength: 200 }).map((noise) => () => Buffer.from(noise)),
  fc.constant((bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace(/ 1 /, " 2 "), "latin1")),
);
