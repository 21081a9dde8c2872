/**
 * Runs one command of the suite to its end or to its time limit, with all that it says kept in order.
 * It leads a process group of its own: what it leaves behind goes with it, so that a stray process never holds up the
 * suite by keeping the output open.
 */

export interface Finished {
  /** Exit code; undefined where the time was up. */
  readonly code: number | undefined;
  readonly output: string;
  readonly seconds: number;
}

export async function runCommand(argv: readonly string[], cwd: string, limitSeconds: number): Promise<Finished> {
  const start = performance.now();
  // One pipe for both streams keeps their order, as a terminal would show it.
  const child = Bun.spawn(["bash", "-c", 'exec "$@" 2>&1', "suite", ...argv], {
    cwd,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    detached: true,
  });
  const output = new Response(child.stdout).text();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, limitSeconds * 1000);
  const code = await child.exited;
  clearTimeout(timer);
  endGroup(child.pid);
  return { code: late ? undefined : code, output: await output, seconds: (performance.now() - start) / 1000 };
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
