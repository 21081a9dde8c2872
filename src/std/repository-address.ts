/**
 * Whether a text names something that a tool fetches, rather than a file: an address with a scheme, or a repository
 * without one, as kustomize takes it (`git@host:path`, `host/path//folder?ref=main`). Only the look of it is judged.
 */
export function isFetched(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^[\w.-]+@[\w.-]+:|^[\w-]+(?:\.[\w-]+)+\/.*(?:\/\/|\?ref=|\.git\b)/i.test(text);
}
