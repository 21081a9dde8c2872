/**
 * Images for tests, made in the engine without a base image and without a network: `FROM scratch`, a static busybox and
 * layers of random bytes. Every name is of one run, and all of them go with the disposal.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageId } from "../../src/image/reference.ts";

export interface ScratchImages extends AsyncDisposable {
  /** Repository of this run: `devloop-test/<run>/<name>`. */
  repository(name: string): string;
  /** Builds an image of one layer per size, in KiB, over a busybox layer. `changed` layers get fresh random bytes. */
  build(name: string, layersKiB: readonly number[], changed?: readonly number[]): Promise<ImageId>;
}

export async function scratchImages(part: string): Promise<ScratchImages> {
  const run = `${part}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "devloop-scratch-"));
  const repositories = new Set<string>();
  const ids = new Set<string>();
  const repository = (name: string) => {
    const repo = `devloop-test/${run}/${name}`;
    repositories.add(repo);
    return repo;
  };
  return {
    repository,
    async build(name, layersKiB, changed = layersKiB.map((_, i) => i)) {
      const context = join(folder, name);
      await Bun.write(join(context, "busybox"), Bun.file("/bin/busybox"));
      for (const i of changed) await Bun.write(join(context, `layer${i}`), randomBytes((layersKiB[i] ?? 0) * 1024));
      const copies = layersKiB.map((_, i) => `COPY layer${i} /data${i}/layer${i}`).join("\n");
      const dockerfile = `FROM scratch\nCOPY --chmod=755 busybox /bin/busybox\n${copies}\nENTRYPOINT ["/bin/busybox", "sleep", "3600"]\n`;
      await Bun.write(join(context, "Dockerfile"), dockerfile);
      const tag = `${repository(name)}:latest`;
      const built = await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", tag, context);
      ids.add(built.trim());
      return built.trim() as ImageId;
    },
    async [Symbol.asyncDispose]() {
      const ours = (await docker("images", "--format", "{{.Repository}}:{{.Tag}}"))
        .split("\n")
        .filter((line) => line.startsWith(`devloop-test/${run}/`));
      await docker("rmi", "-f", ...ours, ...ids).catch(() => "");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the docker client; its output, or an Error with what it complained of. */
export async function docker(...args: string[]): Promise<string> {
  const child = Bun.spawn(["docker", ...args], { stdout: "pipe", stderr: "pipe", env: process.env });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`docker ${args[0]} ended with ${code}: ${err.trim()}`);
  return out;
}
