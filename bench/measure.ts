/** Measures side by side: two or more things in turn, so that a drifting machine hurts all alike. Quotes medians. */

export interface Sample {
  readonly name: string;
  run(): Promise<void> | void;
}

/** Median, least and most, in milliseconds. */
export interface Figure {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Runs every sample `times` times in turn after one warm-up each. */
export async function sideBySide(samples: readonly Sample[], times: number): Promise<Figure[]> {
  const taken = samples.map((): number[] => []);
  for (let round = -1; round < times; round++) {
    for (const [i, sample] of samples.entries()) {
      const start = performance.now();
      await sample.run();
      if (round >= 0) taken[i]?.push(performance.now() - start);
    }
  }
  return samples.map((sample, i) => figure(sample.name, taken[i] ?? []));
}

export function figure(name: string, milliseconds: readonly number[]): Figure {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return {
    name,
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** First and third quartile. */
export function quartiles(milliseconds: readonly number[]): readonly [number, number] {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return [at(0.25), at(0.75)];
}

/** `name   12.3 ms (11.0-15.2)`, one line a figure. */
export function printFigures(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map((f) => f.name.length)) + 2;
  for (const f of figures)
    console.log(`${f.name.padEnd(width)}${f.median.toFixed(1)} ms (${f.min.toFixed(1)}-${f.max.toFixed(1)})`);
}

/** Runs a command to its end, its output thrown away. @throws Error when it fails. */
export async function command(
  argv: readonly string[],
  cwd = process.cwd(),
  env: Record<string, string | undefined> = {},
): Promise<void> {
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} failed: ${said}`);
}
