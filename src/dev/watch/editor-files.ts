/**
 * Files that editors create beside the edited one. They trigger no pass: most are deleted a moment later, and none is a
 * save of the user. A pass that runs for another reason reads them like any other file.
 */
const names = [
  /^\..*\.sw[a-z]$/, // vim's swap files
  /^4913$/, // vim asks with this name whether it may write
  /~$/, // backups of vim, emacs, gedit
  /^\.#/, // emacs' lock links
  /^#.*#$/, // emacs' auto-save
  /___jb_(tmp|old|bak)___$/, // JetBrains' safe write
  /^\.goutputstream-/,
  /^\.DS_Store$/,
];

/** Judged by the name alone. */
export function isEditorFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return names.some((pattern) => pattern.test(name));
}
