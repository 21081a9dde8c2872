/** One thing that somebody else may try, and what comes of it: a row of the table in SECURITY.md. */
export interface Row {
  readonly what: string;
  readonly outcome: string;
  /** Tries it for real. Rejects where something else comes of it. */
  run(): Promise<void>;
}

/** Everything that one kind of peer may try. */
export interface Peer {
  /** As in SECURITY.md. */
  readonly name: string;
  readonly rows: readonly Row[];
}
