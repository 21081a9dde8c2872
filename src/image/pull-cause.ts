/** Why an image could not be pulled: the message of the registry or the network, without containerd's wrapping. */

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
