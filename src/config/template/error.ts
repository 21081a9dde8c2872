/** An error of a template, and its position: `at` is an offset that the caller turns into a place in the file. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
