/**
 * The text by which a record of files describes one path: its type, its permission bits, and its content or target. All
 * parts use these functions, so that hashed files, files read after a save and files sent into a container can be
 * compared.
 */

/**
 * For example `file 644 <sha256>`.
 * @param digest of the content, in hexadecimal digits
 */
export function fileDescription(mode: number, digest: string): string {
  return `file ${bits(mode)} ${digest}`;
}

/** For example `directory 755`. */
export function directoryDescription(mode: number): string {
  return `directory ${bits(mode)}`;
}

/** For example `symlink main.go`. */
export function linkDescription(target: string): string {
  return `symlink ${target}`;
}

/** For example `special 644`: a pipe or a device. */
export function specialDescription(mode: number): string {
  return `special ${bits(mode)}`;
}

/** Permission bits in the octal form of `chmod`. */
function bits(mode: number): string {
  return bitTexts[mode & 0o7777] ?? "";
}
const bitTexts = Array.from({ length: 0o10000 }, (_, bits) => bits.toString(8));
