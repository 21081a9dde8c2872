/**
 * The terminal that the program was started in, as far as a child may be given it: to ask its user for a password, or to
 * say what has to be done in a browser. Decides who may have it: one child at a time, while the program itself reads
 * nothing from it and holds back what it prints there.
 */
export interface Terminal {
  /** Whether a child could ask something there now. */
  isHere(): boolean;
  /**
   * Does the work of one borrower once nobody else has the terminal. What the program prints there until the work is done
   * is shown after it.
   * @throws what the work throws; the signal's reason where the terminal never came free
   */
  lend<T>(work: (loan: Loan) => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface Loan {
  /** Whether standard error is the terminal, too: it is then the child's as well. */
  readonly hasErrors: boolean;
  /** What is printed while `print` runs is shown at once, on lines of its own. */
  between(print: () => void): void;
}
