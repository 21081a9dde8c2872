/**
 * The terminal in which devloop was started, as a resource for children: to ask its user for a password, or to say what
 * to do in a browser. One child has it at a time; meanwhile devloop reads nothing from it and keeps back its own
 * output.
 */
export interface Terminal {
  /** Whether a child could ask its user now. */
  isHere(): boolean;
  /**
   * Does the work of one borrower once the terminal is free. Output of devloop during the work is shown after it.
   * @throws what the work throws; the signal's reason where the terminal did not become free
   */
  lend<T>(work: (loan: Loan) => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface Loan {
  /** Whether standard error is the terminal too; the child then gets it as well. */
  readonly hasErrors: boolean;
  /** Output of `print` is shown at once, on lines of its own. */
  between(print: () => void): void;
}
