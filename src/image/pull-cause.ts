/** Why an image could not be had: the registry's or the network's own words, without what containerd wraps around them. */

const wrappers = [
  /^failed to pull and unpack image "[^"]*": /,
  /^failed to resolve (?:reference|source metadata for) "?[^" ]*"?: /,
  /^failed to copy: /,
  /^(?:httpReadSeeker: )?failed (?:to do request|open): /,
  /^(?:Head|Get) "[^"]*": /,
];

/** `dial tcp: lookup registry.example: no such host` of a chain of four. */
export function pullCause(words: string): string {
  const wrapper = wrappers.find((pattern) => pattern.test(words));
  return wrapper ? pullCause(words.replace(wrapper, "")) : words;
}
