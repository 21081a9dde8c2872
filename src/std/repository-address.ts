/**
 * Whether a text is an address that a tool fetches, rather than the path of a file: an address with a scheme, or a
 * repository without a scheme, as kustomize takes it (`git@host:path`, `host/path//folder?ref=main`). Only the form of
 * the text is judged; nothing is fetched.
 */
export function isFetched(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^[\w-]+(?:\.[\w-]+)+\/.*(?:\/\/|\?ref=|\.git\b)/i.test(text);
}
