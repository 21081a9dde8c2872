/**
 * The reason why devloop's parser cannot understand a Dockerfile. Never shown as an error, because BuildKit judges the
 * file and devloop only needs its inputs. Where it is caught, the whole build context becomes the input, and a notice
 * says so once.
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
