/**
 * When a burst of file events is over. One atomic save is acted on after the shortest quiet; the longer events keep
 * coming, the longer the quiet that ends them, because a checkout or a code generator pauses between its files. However
 * long it lasts, the first event never waits longer than the cap.
 */

/** Milliseconds. */
export interface Quiet {
  readonly shortest: number;
  readonly longest: number;
  readonly cap: number;
}

export const ordinaryQuiet: Quiet = { shortest: 15, longest: 120, cap: 1000 };

/** When a burst whose events came between `first` and `last` may be acted on, if nothing more comes. */
export function dueAt(first: number, last: number, quiet: Quiet = ordinaryQuiet): number {
  const pause = Math.min(quiet.longest, Math.max(quiet.shortest, (last - first) / 2));
  return Math.min(last + pause, Math.max(first + quiet.cap, last));
}
