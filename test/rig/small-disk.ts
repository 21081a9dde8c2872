/** A file system of 64 KiB under a folder, to be filled or made read-only; there until the disposal. Needs root. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface SmallDisk extends AsyncDisposable {
  /** Takes all the space that is left. @returns gives it back */
  fill(): Promise<() => Promise<void>>;
  /** @returns makes it writable again */
  freeze(): Promise<() => Promise<void>>;
}

export async function smallDisk(path: string): Promise<SmallDisk> {
  await mkdir(path, { recursive: true });
  await command("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "devloop-test", path);
  const ballast = join(path, ".ballast");
  return {
    async fill() {
      await writeFile(ballast, Buffer.alloc(64 * 1024)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOSPC") throw error;
      });
      return () => rm(ballast);
    },
    async freeze() {
      await command("mount", "-o", "remount,ro", path);
      return () => command("mount", "-o", "remount,rw", path);
    },
    [Symbol.asyncDispose]: () => command("umount", "--lazy", path),
  };
}

async function command(...argv: readonly string[]): Promise<void> {
  const child = Bun.spawn([...argv], { stdout: "pipe", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")}: ${said}`);
}
