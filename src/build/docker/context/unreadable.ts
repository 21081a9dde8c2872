/**
 * Why our reader gives up on a Dockerfile. Never shown as an error: BuildKit judges the file, we only decide what counts
 * as an input. Whoever catches it takes the whole build context as input and says so once.
 */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  /** From 1. */
  readonly line: number;

  constructor(why: string, line: number) {
    super(why);
    this.line = line;
  }
}
