/**
 * A counter that orders the reads of the workspace in this process. A clock is too coarse for it: one file may be read
 * for a save and hashed for a build within one tick, and the order of the two decides whether the image holds the save.
 */
let newest = 0;

/** A number greater than every number returned before. */
export function moment(): number {
  return ++newest;
}
