/**
 * An image from a directory of files and a Dockerfile, built by the real engine and put into the test cluster's nodes.
 * `busybox` is among the files of the context. Gone with the disposal.
 */
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openNodesDestination } from "../../src/image/node/nodes.ts";
import { fullSender } from "../../src/image/node/send-full.ts";
import { contentReference, type ImageId } from "../../src/image/reference.ts";
import { removeFrom, testEngine, testTarget } from "./kind-node.ts";
import { docker } from "./scratch-image.ts";

export interface BuiltImage extends AsyncDisposable {
  readonly context: string;
  readonly imageId: ImageId;
  /** What a pod spec uses; only after `deliver`. */
  readonly reference: string;
  write(path: string, text: string): Promise<void>;
  /** Builds what the context holds now; the reference changes with it. */
  build(): Promise<BuiltImage>;
  deliver(): Promise<void>;
}

export async function imageFrom(
  part: string,
  dockerfile: string,
  files: Readonly<Record<string, string>>,
): Promise<BuiltImage> {
  const run = `devloop-test/${part}-${randomBytes(3).toString("hex")}`;
  const context = await realpath(await mkdtemp(join(tmpdir(), "devloop-context-")));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), text);
  };
  await cp("/bin/busybox", join(context, "busybox"));
  await chmod(join(context, "busybox"), 0o755);
  // An image id of this run alone: what another run removes from a node it removes by id.
  await write("Dockerfile", `${dockerfile}LABEL devloop.test=${run}\n`);
  for (const [path, text] of Object.entries(files)) await write(path, text);
  let imageId: ImageId = "sha256:";
  let delivered = false;
  const image: BuiltImage = {
    context,
    write,
    get imageId() {
      return imageId;
    },
    get reference() {
      return contentReference(run, imageId);
    },
    async build() {
      const id = await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", run, context);
      imageId = id.trim() as ImageId;
      await docker("tag", imageId, contentReference(run, imageId));
      return image;
    },
    async deliver() {
      delivered = true;
      const signal = AbortSignal.timeout(180_000);
      const engine = await testEngine();
      const target = await testTarget(engine);
      const quiet = () => {};
      await using to = await openNodesDestination(engine, target, fullSender(engine), undefined, quiet, signal);
      await to.deliver({ id: imageId, name: image.reference }, signal);
    },
    async [Symbol.asyncDispose]() {
      if (delivered) {
        const engine = await testEngine();
        for (const node of (await testTarget(engine)).nodes) await removeFrom(node.container, run);
      }
      const all = await docker("images", "--format", "{{.Repository}}:{{.Tag}}");
      const ours = all.split("\n").filter((line) => line.startsWith(`${run}:`));
      if (ours.length > 0) await docker("rmi", "-f", ...ours).catch(() => "");
      await rm(context, { recursive: true, force: true });
    },
  };
  return image.build();
}
