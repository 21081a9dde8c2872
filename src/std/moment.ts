/**
 * The order in which this process read the workspace. A clock has too few ticks for it: a file may be looked at for a
 * save and hashed for a build within one of them, and which came first decides whether the image holds the save.
 */
let newest = 0;

/** Later than every moment given before. */
export function moment(): number {
  return ++newest;
}
