/**
 * A registry as a destination: the tag's manifest is read first, and an image is pushed only where the tag does not
 * point to it, by the engine, or without an engine from an archive that holds it. Manifests get `tag@digest`, so that
 * the cluster pulls exactly the verified image.
 * The engine may have access where devloop has none. A failed read therefore decides nothing: the image is pushed, and
 * the digest that the engine reports is the proof.
 */
import { Failure } from "../../diag/failure.ts";
import type { OpenScratch } from "../../store/scratch.ts";
import type { DeliverableImage, Destination, Notice } from "../destination.ts";
import type { Engine } from "../engine/engine.ts";
import { inspectImage, pushImage, tagImage } from "../engine/engine-image.ts";
import { goneImage } from "../node/send-full.ts";
import { type ImageId, isDigest, parseReference, pushedReference } from "../reference.ts";
import type { RemoteManifest } from "../registry-manifest.ts";
import type { Sources } from "../source/open-source.ts";
import type { Credentials } from "./credentials.ts";
import { pushSource } from "./push-source.ts";
import type { Registry } from "./registry.ts";

export function registryDestination(
  engine: Engine,
  registry: Registry,
  credentials: Credentials,
  notice: Notice,
  { sources, scratch }: { readonly sources: Sources; readonly scratch: OpenScratch },
): Destination {
  const told = new Set<string>();
  const tagState = async (image: DeliverableImage, signal: AbortSignal): Promise<TagState> => {
    const reference = parseReference(image.name);
    try {
      // A HEAD is not counted by registries that limit pulls.
      const digest = await registry.digest(reference, signal);
      if (digest === undefined) return {};
      const manifest = await registry.manifest({ ...reference, digest }, signal);
      return manifest && isImage(manifest, image.id) ? { digest: manifest.digest } : {};
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof Failure)) throw thrown;
      const unknown = thrown.message;
      if (!told.has(reference.registry))
        notice(`what ${reference.registry} has is not known, so images are pushed: ${unknown}`);
      told.add(reference.registry);
      return { unknown };
    }
  };
  return {
    id: "registry",
    kind: "registry",
    label: "registry",
    has: (images, signal) =>
      Promise.all(
        images.map(async (image) => {
          const { digest, unknown } = await tagState(image, signal);
          return digest === undefined
            ? { present: false, reason: unknown ?? `${image.name} is not in its registry, or is another image there` }
            : { present: true, reference: pushedReference(image.name, digest), proof: `its registry has ${digest}` };
        }),
      ),
    async deliver(image, signal) {
      const started = performance.now();
      const seconds = () => (performance.now() - started) / 1000;
      const { digest: there } = await tagState(image, signal);
      if (there !== undefined)
        return { reference: pushedReference(image.name, there), how: "present", bytes: 0, seconds: seconds() };
      const source = image.holder && (await sources.open(image.holder, image.id, signal));
      if (source) {
        const { digest, bytes } = await pushSource(registry, source, image.name, scratch, signal);
        return { reference: pushedReference(image.name, digest), how: "pushed", bytes, seconds: seconds() };
      }
      if ((await inspectImage(engine, image.id, signal)) === undefined) throw goneImage(image);
      await tagImage(engine, image.id, image.name, signal);
      const { digest, bytes } = await push(engine, image, credentials, notice, signal);
      const final = digest ?? (await registry.digest(parseReference(image.name), signal));
      if (final === undefined || !isDigest(final))
        throw new Failure(`${image.name} was pushed, but its registry does not say under which digest`);
      return { reference: pushedReference(image.name, final), how: "pushed", bytes, seconds: seconds() };
    },
    forget: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/** `digest`: the tag points to the image. `unknown`: why that cannot be told. Neither: no image, or another one. */
interface TagState {
  readonly digest?: string;
  readonly unknown?: string;
}

/** An image's id is its config's digest, or with containerd's store the digest of its manifest or index. */
function isImage(manifest: RemoteManifest, id: ImageId): boolean {
  return manifest.config === id || manifest.digest === id || (manifest.manifests ?? []).includes(id);
}

async function push(
  engine: Engine,
  image: DeliverableImage,
  credentials: Credentials,
  notice: Notice,
  signal: AbortSignal,
): Promise<{ digest: string | undefined; bytes: number }> {
  const auth = (await credentials(parseReference(image.name).registry, signal)) ?? {};
  const sizes = new Map<string, number>();
  let digest: string | undefined;
  let retrying = false;
  for await (const message of pushImage(engine, image.name, auth, signal)) {
    if (message.error) throw pushFailure(image, message.error);
    if (message.aux?.Digest) digest = message.aux.Digest;
    const { current } = message.progressDetail ?? {};
    if (message.id && current !== undefined) sizes.set(message.id, current);
    if (message.status?.startsWith("Retrying") && !retrying) {
      retrying = true;
      notice(`the registry of ${image.name} fails while it is pushed to; the engine tries again`);
    }
  }
  return { digest, bytes: [...sizes.values()].reduce((sum, n) => sum + n, 0) };
}

function pushFailure(image: DeliverableImage, error: string): Failure {
  const { registry } = parseReference(image.name);
  const isAuth = /unauthori[sz]ed|denied|no basic auth/i.test(error);
  return new Failure({
    severity: "error",
    message: `cannot push ${image.name}: ${error.trim().replaceAll("\n", " ")}`,
    suggestion: isAuth
      ? `log in with \`docker login ${registry}\``
      : "check that the registry can be reached and written to",
  });
}
