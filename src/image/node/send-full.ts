/**
 * The slower, always correct way: the engine's whole export of an image, read once and piped into every node's import
 * at the same time. No temporary file is made, and memory holds only a few chunks: the slowest node sets the pace.
 * Where it fails, no name of the image is left on a node unless the image behind it is complete.
 */
import { Failure } from "../../diag/failure.ts";
import type { DeliverableImage } from "../destination.ts";
import { type Engine, unreachableEngine } from "../engine/engine.ts";
import { type ExecStream, openExec } from "../engine/engine-exec.ts";
import { inspectImage, saveImages, tagImage, untagImage } from "../engine/engine-image.ts";
import { lastLine, type Node } from "./node.ts";
import { namesOf } from "./node-contents.ts";
import type { Sender } from "./send.ts";

const cleaningMs = 10_000;

export function fullSender(engine: Engine): Sender {
  return {
    async send(image, nodes, signal) {
      const lent = await lendName(engine, image, signal);
      try {
        const bytes = await pipe(engine, image, nodes, signal);
        for (const node of nodes) node.relist();
        return { how: "full", bytes };
      } catch (thrown) {
        await removeHalfNames(image, nodes);
        throw thrown;
      } finally {
        if (lent) await untagImage(engine, image.name, AbortSignal.timeout(cleaningMs)).catch(() => false);
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/**
 * Gives the image its name in the engine, because an export contains the names that it is requested by.
 * @returns whether the name should be removed again: not where it existed before, nor where it is the only one, because
 * an image is removed with its last name
 * @throws Failure where the engine has no such image
 */
async function lendName(engine: Engine, image: DeliverableImage, signal: AbortSignal): Promise<boolean> {
  const named = await inspectImage(engine, image.name, signal);
  if (named?.id === image.id) return false;
  const found = await inspectImage(engine, image.id, signal);
  if (found === undefined) throw goneImage(image);
  await tagImage(engine, image.id, image.name, signal);
  return found.tags.length > 0;
}

export function goneImage(image: DeliverableImage): Failure {
  return new Failure({
    severity: "error",
    message: `the Docker engine no longer has the image ${image.name} (${image.id.slice(0, 19)})`,
    suggestion: "build it again",
  });
}

interface Import {
  readonly node: Node;
  readonly stream: ExecStream;
  /** The node's output so far. */
  said: string;
}

/** @returns bytes moved into all nodes together */
async function pipe(
  engine: Engine,
  image: DeliverableImage,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<number> {
  const imports = await openImports(engine, nodes, signal);
  const stop = new AbortController();
  const onAbort = () => stop.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    let bytes = 0;
    const archive = await saveImages(engine, [image.name], stop.signal);
    const broken = imports.map(({ stream }) => stream.closed.then(() => stop.abort(importEnded)));
    try {
      for await (const chunk of archive) {
        bytes += chunk.length;
        await Promise.all(imports.map(({ stream }) => stream.write(chunk)));
      }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (stop.signal.aborted || thrown instanceof Failure) throw await importFailure(image, imports, signal);
      throw cutExport(engine, image, thrown);
    }
    for (const { stream } of imports) stream.endInput();
    await Promise.race([Promise.all(broken), aborted(signal)]);
    const failure = await importFailure(image, imports, signal);
    if (failure) throw failure;
    return bytes * nodes.length;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await Promise.all(imports.map(({ stream }) => endImport(stream)));
  }
}

const importEnded = new Error("a node's import ended before the archive did");

async function openImports(engine: Engine, nodes: readonly Node[], signal: AbortSignal): Promise<Import[]> {
  const opened: Import[] = [];
  try {
    await Promise.all(
      nodes.map(async (node) => {
        const said = { text: "" };
        const take = (_: string, data: Uint8Array) => {
          said.text = (said.text + Buffer.from(data).toString()).slice(-4000);
        };
        const argv = ["sh", "-c", await node.importCommand(signal)];
        const stream = await openExec(engine, node.container, argv, take, signal);
        opened.push({
          node,
          stream,
          get said() {
            return said.text;
          },
        });
      }),
    );
    return opened;
  } catch (thrown) {
    await Promise.all(opened.map(({ stream }) => stream[Symbol.asyncDispose]()));
    throw thrown;
  }
}

/** An import ends by itself at the end of its input; one that does not is stopped. */
async function endImport(stream: ExecStream): Promise<void> {
  stream.endInput();
  await Promise.race([stream.closed, Bun.sleep(2000)]);
  await stream[Symbol.asyncDispose]();
}

async function importFailure(
  image: DeliverableImage,
  imports: readonly Import[],
  signal: AbortSignal,
): Promise<Failure | undefined> {
  for (const { node, stream, said } of imports) {
    const code = await stream.exitCode(signal);
    if (code === 0) continue;
    const why = lastLine(said) || (code === undefined ? "the connection was cut" : `exit code ${code}`);
    return new Failure({
      severity: "error",
      message: `the node ${node.container} could not import ${image.name}: ${why}`,
    });
  }
  return undefined;
}

function cutExport(engine: Engine, image: DeliverableImage, thrown: unknown): Failure {
  const [first] = unreachableEngine(engine.endpoint, thrown).diagnostics;
  return new Failure({
    severity: "error",
    message: `the Docker engine ended the export of ${image.name} too early`,
    details: first ? [first.message] : [],
    suggestion: "check that the engine still runs, then try again",
  });
}

/** Best effort, because the engine may be gone. */
async function removeHalfNames(image: DeliverableImage, nodes: readonly Node[]): Promise<void> {
  const signal = AbortSignal.timeout(cleaningMs);
  await Promise.allSettled(
    nodes.map(async (node) => {
      const contents = await node.list(namesOf(image), signal);
      const presence = await node.presence(image.id, image.name, contents, signal);
      if (presence.state !== "named") await node.forget([image.name], signal);
    }),
  );
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
