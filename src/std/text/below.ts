/** Whether a path lies below a directory, by their names alone. Both absolute; the directory itself is not below itself. */
export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}
