/** Calls of functions put together from names and arguments. */

/** Every name (blanks between them) with every argument. */
export const over = (names: string, args: readonly string[]) =>
  names.split(" ").flatMap((name) => args.map((arg) => `${name} ${arg}`));
/** Every name with every first and every second argument. */
export const pairs = (names: string, first: readonly string[], second: readonly string[]) =>
  over(names, first).flatMap((call) => second.map((arg) => `${call} ${arg}`));
