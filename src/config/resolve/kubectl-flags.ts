/** The global flags of kubectl that choose where a module is deployed; all parts of the module must agree on them. */

/** The value of the last flag of these names; undefined where there is none. */
export function globalFlag(flags: readonly string[], ...names: readonly string[]): string | undefined {
  let found: string | undefined;
  flags.forEach((item, i) => {
    for (const name of names) {
      if (item === name) found = flags[i + 1];
      else if (item.startsWith(`${name}=`)) found = item.slice(name.length + 1);
    }
  });
  return found || undefined;
}
