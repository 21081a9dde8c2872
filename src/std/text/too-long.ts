/**
 * Another program sent more data than can be kept. The reader turns this error into a diagnostic, or continues without
 * the data.
 */
export class TooLong extends Error {
  override readonly name = "TooLong";

  constructor(what: string, mostBytes: number) {
    super(`${what} is longer than ${mostBytes >= 1 << 20 ? `${mostBytes >> 20} MiB` : `${mostBytes >> 10} KiB`}`);
  }
}
