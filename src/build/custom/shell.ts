/** The user's own command lines are read by the system's shell, and by nothing of ours. */

export function shellCommand(line: string): [string, ...string[]] {
  return process.platform === "win32" ? ["cmd.exe", "/C", line] : ["sh", "-c", line];
}
