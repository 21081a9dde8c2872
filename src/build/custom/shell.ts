/** Runs a command line of the user in the system's shell; devloop does not parse it. */

export function shellCommand(line: string): [string, ...string[]] {
  return process.platform === "win32" ? ["cmd.exe", "/C", line] : ["sh", "-c", line];
}
