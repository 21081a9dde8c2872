/**
 * Runs one command of the suite to its end or to its time limit, with all that it says kept in order.
 * It leads a process group of its own: what it leaves behind goes with it. Nor does a stray process outside of the group
 * hold up the suite by keeping the output open: that is read for a moment after the end and no longer.
 */

export interface Finished {
  /** Exit code; undefined where the time was up. */
  readonly code: number | undefined;
  readonly output: string;
  readonly seconds: number;
}

/** Long enough for what was written to be read, also on a busy machine. */
const lastWordsMs = 5_000;

export async function runCommand(argv: readonly string[], cwd: string, limitSeconds: number): Promise<Finished> {
  const start = performance.now();
  // One pipe for both streams keeps their order, as a terminal would show it.
  const child = Bun.spawn(["bash", "-c", 'exec "$@" 2>&1', "suite", ...argv], {
    cwd,
    // Said, because what was set since the start is not passed on by itself.
    env: process.env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    detached: true,
  });
  const decoder = new TextDecoder();
  let output = "";
  const reading = (async () => {
    for await (const bytes of child.stdout) output += decoder.decode(bytes, { stream: true });
  })();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, limitSeconds * 1000);
  const code = await child.exited;
  clearTimeout(timer);
  const seconds = (performance.now() - start) / 1000;
  endGroup(child.pid);
  await Promise.race([reading, Bun.sleep(lastWordsMs)]);
  return { code: late ? undefined : code, output, seconds };
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
