/**
 * A kept shell over a process of this machine, as it would run in a container: its standard streams are the connection.
 * Cutting ends the input only, so that the shell does with everything that it was sent whatever it would do with it.
 */
import { type KeptShell, keptShell, shellArgv } from "../../src/std/bytes/kept-shell.ts";

export interface LocalShell extends AsyncDisposable {
  readonly shell: KeptShell;
  /** Resolves when the process has ended, with its exit code. */
  readonly exited: Promise<number>;
}

/**
 * `program` replaces the `sh` of the command line, such as `["busybox", "sh"]`. `stopsAtCut`: a cut ends the process, as
 * it would be ended by writing to a connection that is gone.
 */
export function localShell(cwd: string, program: readonly string[] = ["sh"], stopsAtCut = false): LocalShell {
  // Bash reads the user's start file where its input is a socket.
  const env = { PATH: process.env.PATH ?? "", HOME: cwd };
  const argv = [...program, ...shellArgv.slice(1)];
  const child = Bun.spawn(argv, { stdin: "pipe", stdout: "pipe", stderr: "pipe", cwd, env, detached: true });
  const shell = keptShell({
    write: async (data) => {
      child.stdin.write(data);
      await child.stdin.flush();
    },
    closed: child.exited.then(() => undefined),
    cut: async () => {
      await child.stdin.end();
      if (stopsAtCut && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
      await child.exited;
    },
    lost: () => new Error("the shell is gone"),
  });
  const read = async (name: "stdout" | "stderr") => {
    for await (const data of child[name]) shell.take(name, data);
  };
  void Promise.all([read("stdout"), read("stderr")]);
  return {
    shell,
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      await shell.end();
    },
  };
}
