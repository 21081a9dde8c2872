/** Real builds of one test: a context with a static shell, names of this run alone, and every event that came. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Built } from "../../../src/build/builder.ts";
import { buildDocker } from "../../../src/build/docker/build.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";
import type { Event } from "../../../src/event/event.ts";
import { docker } from "../../rig/scratch-image.ts";

export interface BuildFolder extends AsyncDisposable {
  readonly root: string;
  /** Repository of this folder; its images go with the disposal. */
  readonly repository: string;
  readonly events: readonly Event[];
  write(path: string, text: string): Promise<void>;
  build(change?: Partial<DockerSpec>, options?: { tags?: readonly string[]; signal?: AbortSignal }): Promise<Built>;
  /** Lines that steps printed, in order. */
  output(): string[];
}

export async function buildFolder(name: string, dockerfile: string): Promise<BuildFolder> {
  const root = await mkdtemp(join(tmpdir(), "devloop-built-"));
  const repository = `devloop-test/${process.pid}-${name}`;
  const events: Event[] = [];
  const built = new Set<string>();
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await copyFile("/bin/busybox", join(root, "busybox"));
  await write("Dockerfile", dockerfile);
  return {
    root,
    repository,
    events,
    write,
    async build(change = {}, { tags = [`${repository}:v1`], signal = new AbortController().signal } = {}) {
      const spec = { context: root, dockerfile: join(root, "Dockerfile"), buildArgs: {}, ...change };
      const result = await buildDocker({ artifact: name, spec, tags }, signal, (event) => events.push(event));
      built.add(result.imageId);
      return result;
    },
    output: () => events.flatMap((event) => (event.type === "build-output" ? [event.line] : [])),
    async [Symbol.asyncDispose]() {
      const names = (await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository)).split("\n");
      await docker("image", "rm", "-f", ...names.filter((one) => one !== ""), ...built).catch(() => "");
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The engine's id of an image. */
export async function idOf(reference: string): Promise<string> {
  return (await docker("image", "inspect", "--format", "{{.Id}}", reference)).trim();
}
