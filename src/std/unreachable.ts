/** The last branch of every exhaustive switch: the compiler refuses this call while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
