/**
 * The words by which a record of files describes one path: its type, its permission bits, and its content or target. One
 * place, so that what was hashed, what was looked at after a save and what was sent into a container can be compared.
 */

/** `file 644 <sha256>`. @param digest of the content, in hexadecimal digits */
export function fileDescription(mode: number, digest: string): string {
  return `file ${bits(mode)} ${digest}`;
}

/** `directory 755`. */
export function directoryDescription(mode: number): string {
  return `directory ${bits(mode)}`;
}

/** `symlink main.go`. */
export function linkDescription(target: string): string {
  return `symlink ${target}`;
}

/** `special 644`: a pipe or a device. */
export function specialDescription(mode: number): string {
  return `special ${bits(mode)}`;
}

/** Permission bits as `chmod` takes them. */
function bits(mode: number): string {
  return bitTexts[mode & 0o7777] ?? "";
}
const bitTexts = Array.from({ length: 0o10000 }, (_, bits) => bits.toString(8));
