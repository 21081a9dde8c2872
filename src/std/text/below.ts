/** Whether a path lies below a directory, judged by the two absolute paths alone. A directory is not below itself. */
export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
