/**
 * When a burst of file events is over. A single save is handled after the shortest quiet time; the longer events keep
 * coming, the longer the quiet time that ends the burst, because a checkout or a code generator pauses between its
 * files. The first event never waits longer than the cap.
 */

/** Milliseconds. */
export interface Quiet {
  readonly shortest: number;
  readonly longest: number;
  readonly cap: number;
}

export const ordinaryQuiet: Quiet = { shortest: 15, longest: 120, cap: 1000 };

/** When a burst with events from `first` to `last` may be handled, if no event follows. */
export function dueAt(first: number, last: number, quiet: Quiet = ordinaryQuiet): number {
  const pause = Math.min(quiet.longest, Math.max(quiet.shortest, (last - first) / 2));
  return Math.min(last + pause, Math.max(first + quiet.cap, last));
}
