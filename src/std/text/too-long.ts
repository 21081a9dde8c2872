/** Somebody else sent more than can be kept. Who reads it makes a complaint of it, or goes on without. */
export class TooLong extends Error {
  override readonly name = "TooLong";

  constructor(what: string, mostBytes: number) {
    super(`${what} is longer than ${mostBytes >= 1 << 20 ? `${mostBytes >> 20} MiB` : `${mostBytes >> 10} KiB`}`);
  }
}
