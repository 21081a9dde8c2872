/**
 * Gets exactly the wanted layers of an image by a push to devloop's own target, using the digests that the engine
 * remembers of layers.
 * Decides when a preparing push is needed: a layer without a remembered digest is sent without a question, so it must
 * either be wanted, or get a token by a push that takes no bytes. Memory lost on either side only costs that push
 * again. Pushes run one at a time, because the answer to a question depends on the push.
 */

import type { Spooled } from "../archive/spool.ts";
import type { PushAnswers, PushTarget } from "../registry/push-target.ts";
import type { Engine } from "./engine.ts";
import { type ImageDetails, listImages, pushImage, tagImage, untagImage } from "./engine-image.ts";

export interface Taken extends AsyncDisposable {
  readonly config: Uint8Array;
  /** Compressed layers by diff id: every wanted one. */
  readonly layers: ReadonlyMap<string, Spooled>;
}

export interface LayerSource extends AsyncDisposable {
  /** @throws Error saying why the engine did not give the layers */
  take(image: ImageDetails, wanted: ReadonlySet<string>, signal: AbortSignal): Promise<Taken>;
}

/** One name for all images: with several names the engine would try to mount layers from one into another. */
const repository = "devloop-delivery";
const mostPushes = 3;
const mostConfigs = 200;

export function layerSource(engine: Engine, target: PushTarget): LayerSource {
  /** Offered digest -> diff ids of its layers; layers that begin alike have the same token. */
  const tokens = new Map<string, Set<string>>();
  const known = new Set<string>();
  const configs = new Map<string, Uint8Array>();
  const leaving = new Set<Promise<unknown>>();
  let pushed = 0;
  let tail: Promise<unknown> = sweep(engine).catch(() => {});

  const push = async (image: ImageDetails, answers: PushAnswers, signal: AbortSignal) => {
    // A new name for each push, because removing a name may overlap with the next push.
    const name = `127.0.0.1:${target.port}/${repository}:${process.pid}-${++pushed}-${image.id.slice(7, 19)}`;
    await tagImage(engine, image.id, name, signal);
    try {
      return await target.receive(answers, async () => {
        for await (const message of pushImage(engine, name, target.auth, signal)) {
          if (message.error) throw new Error(message.error.trim());
          // The engine would retry for most of a minute.
          if (message.status?.startsWith("Retrying in"))
            throw new Error("the engine cannot reach devloop's push target");
        }
      });
    } finally {
      const gone = untagImage(engine, name, AbortSignal.timeout(10_000)).catch(() => false);
      leaving.add(gone);
      void gone.finally(() => leaving.delete(gone));
    }
  };

  const takeNow = async (image: ImageDetails, wanted: ReadonlySet<string>, signal: AbortSignal): Promise<Taken> => {
    for (let pushes = 0; pushes < mostPushes; pushes++) {
      signal.throwIfAborted();
      const teach = image.diffIds.some((diffId) => !known.has(diffId) && !wanted.has(diffId));
      const wants = (digest: string) => {
        const diffIds = tokens.get(digest);
        return !teach && (diffIds === undefined || [...diffIds].some((diffId) => wanted.has(diffId)));
      };
      const answers = { config: image.id, hasConfig: configs.has(image.id), wants, teach };
      const { layers, uploads } = await push(image, answers, signal);
      const unused = new Map(uploads);
      try {
        if (layers.length !== image.diffIds.length) throw new Error("the engine pushed another number of layers");
        const config = unused.get(image.id);
        if (config) remember(configs, image.id, await collect(config));
        image.diffIds.forEach((diffId, i) => {
          const token = layers[i] ?? "";
          tokens.set(token, (tokens.get(token) ?? new Set()).add(diffId));
          known.add(diffId);
        });
        const taken = new Map<string, Spooled>();
        image.diffIds.forEach((diffId, i) => {
          const upload = uploads.get(layers[i] ?? "");
          if (upload && wanted.has(diffId)) taken.set(diffId, upload);
        });
        const bytes = configs.get(image.id);
        if (teach || taken.size < wanted.size || bytes === undefined) continue;
        for (const layer of taken.values()) unused.delete(layer.digest);
        return {
          config: bytes,
          layers: taken,
          async [Symbol.asyncDispose]() {
            for (const layer of taken.values()) await layer[Symbol.asyncDispose]();
          },
        };
      } finally {
        for (const upload of unused.values()) await upload[Symbol.asyncDispose]();
      }
    }
    throw new Error(`${mostPushes} pushes did not bring every layer`);
  };

  return {
    take(image, wanted, signal) {
      const turn = tail.then(() => takeNow(image, wanted, signal));
      tail = turn.catch(() => {});
      return turn;
    },
    async [Symbol.asyncDispose]() {
      await tail;
      await Promise.all(leaving);
      await target[Symbol.asyncDispose]();
    },
  };
}

/** Removes names that a killed process left; a name contains the process number. */
async function sweep(engine: Engine): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const all = await listImages(engine, { reference: [`127.0.0.1:*/${repository}`] }, signal);
  for (const tag of all.flatMap((image) => image.tags)) {
    const owner = Number(new RegExp(`/${repository}:(\\d+)-`).exec(tag)?.[1] ?? 0);
    if (owner > 0 && !isAlive(owner)) await untagImage(engine, tag, signal);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}

function remember(configs: Map<string, Uint8Array>, id: string, config: Uint8Array): void {
  configs.set(id, config);
  const [oldest] = configs.keys();
  if (configs.size > mostConfigs && oldest !== undefined) configs.delete(oldest);
}

async function collect(blob: Spooled): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blob.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
