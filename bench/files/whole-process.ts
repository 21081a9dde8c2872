/** What a command costs as a whole process: its time, the processor's, and the most memory that it had resident. */
export interface Cost {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds of the processor, in the program and in the system for it. */
  readonly cpu: number;
  readonly mebibytes: number;
}

/** @throws Error when it fails */
export async function wholeProcess(argv: readonly string[], cwd: string, env = {}): Promise<Cost> {
  const start = performance.now();
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} failed: ${said}`);
  const wall = performance.now() - start;
  const used = child.resourceUsage();
  if (used === undefined) throw new Error("the system does not tell what a process used");
  return { wall, cpu: Number(used.cpuTime.total) / 1000, mebibytes: used.maxRSS / 1024 / 1024 };
}
