/** What a child said on both of its ways, and its exit code, once it has ended. */
export async function outputOf(
  child: Bun.Subprocess<"ignore" | Blob, "pipe", "pipe">,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}
