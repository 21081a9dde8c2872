/** JSON and text of registries, API servers, engines, nodes, plugins and builds; and logs, however they are cut. */
import { apiError } from "../../src/cluster/connect/api-error.ts";
import { readLogLines } from "../../src/cluster/logs/read-log-lines.ts";
import { parseStatus } from "../../src/cluster/objects/kube-status.ts";
import { parseAnswer } from "../../src/image/engine/engine-json.ts";
import {
  chainId,
  isComplete,
  readBlobs,
  readDiffIds,
  readLayers,
  readNames,
  readNodeManifest,
} from "../../src/image/node/node-contents.ts";
import { parseReference } from "../../src/image/reference.ts";
import { readChallenge } from "../../src/image/registry/registry-auth.ts";
import { readManifest, refusalWords } from "../../src/image/registry-manifest.ts";
import { byteLines } from "../../src/std/text/byte-lines.ts";
import { lineSplitter, linesOf } from "../../src/std/text/line-splitter.ts";
import { visible, visibleWithColours } from "../../src/std/text/visible.ts";
import { buildProgress, type StepEvent } from "../../src/tool/docker/buildx-progress.ts";
import type { Random } from "./random.ts";
import { expected, isExpected, same, type Target } from "./target.ts";

const digest = `sha256:${"1".repeat(64)}`;
const samples = [
  JSON.stringify({ schemaVersion: 2, mediaType: "a/b", config: { digest, size: 1 }, layers: [{ digest }] }),
  JSON.stringify({ manifests: [{ digest, platform: { os: "linux" } }, { digest }] }),
  JSON.stringify({ errors: [{ code: "DENIED", message: "no", detail: {} }] }),
  JSON.stringify({
    kind: "Status",
    code: 403,
    reason: "Forbidden",
    message: "no",
    details: { causes: [{ field: "a" }] },
  }),
  JSON.stringify({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: "3" }] },
  }),
  JSON.stringify({
    vertexes: [{ digest, name: "[1/2] RUN", started: "2030-01-01T00:00:00Z", completed: "2030-01-01T00:00:01Z" }],
  }),
  JSON.stringify({
    logs: [{ vertex: digest, stream: 1, data: "aGVsbG8KCg0KYQ==" }],
    statuses: [{ id: "transferring context", current: 5 }],
  }),
] as const;

/** A sample, damaged as text, or with a value in it that has another type. */
function json(random: Random): Buffer {
  const text = random.pick(samples);
  if (random.below(2) === 0) return random.damaged(Buffer.from(text));
  const values = ["null", "7", '"a"', "[]", "{}", "true", "[null]", '{"digest":7}'] as const;
  const places = [...text.matchAll(/:/g)].map(({ index }) => index + 1);
  const at = places[random.below(places.length)] ?? 0;
  return Buffer.from(`${text.slice(0, at)}${random.pick(values)},"x":${text.slice(at)}`);
}

const reference = parseReference("registry.example.com/shop/web:1");

const registry: Target = {
  name: "registry-json",
  run(random) {
    const body = json(random);
    const named = random.pick([null, null, digest, "sha256:", "evil\r\n", `sha512:${"1".repeat(128)}`]);
    const read = expected(() => readManifest(reference, body, named, null));
    if (read !== undefined && !/^sha(256|512):[a-f0-9]+$/.test(read.digest)) throw new Error("a digest that is none");
    if (typeof refusalWords(body.toString()) !== "string") throw new Error("words that are no text");
    const challenge = random.damaged(
      Buffer.from('Bearer realm="https://a/token",service="s",scope="repository:a:pull"'),
    );
    readChallenge(challenge.toString("latin1"));
  },
};

const server: Target = {
  name: "api-server-json",
  async run(random) {
    const body = json(random);
    parseStatus(body.toString());
    const error = await apiError(new Response(body, { status: 200 + random.below(400) }), "cannot ask");
    if (error.message.length > 10_000 || !Number.isFinite(error.code)) throw new Error("an error without measure");
    visible(error.message);
  },
};

const engine: Target = {
  name: "engine-json",
  run(random) {
    const body = json(random);
    expected(() => parseAnswer(body.toString()));
    const manifest = readNodeManifest(body.toString());
    chainId(readDiffIds(body.toString()));
    const listing = random.damaged(Buffer.from(`${"1".repeat(64)} 12\n${"2".repeat(64)} 7\n`)).toString();
    const table = random.damaged(Buffer.from(`REF TYPE DIGEST\ndocker.io/a:1 x ${digest} 1 B -\n`)).toString();
    const blobs = readBlobs(listing);
    const contents = { names: readNames(table), blobs };
    readLayers(
      random.damaged(Buffer.from(`${digest} 1 B now containerd.io/uncompressed=${digest}\n`)).toString(),
      blobs,
    );
    isComplete(manifest, contents, new Set());
  },
};

const build: Target = {
  name: "build-progress",
  run(random) {
    const events: StepEvent[] = [];
    const progress = buildProgress((event) => events.push(event));
    const body = random.damaged(
      Buffer.concat(
        Array.from({ length: 1 + random.below(3) }, () => Buffer.concat([json(random), Buffer.from("\n")])),
      ),
    );
    for (const line of body.toString().split("\n")) progress.line(line);
    if (!Number.isFinite(progress.contextBytes)) throw new Error("a size that is none");
    for (const event of events)
      if (event.kind === "output" && /[\r\n]/.test(event.line)) throw new Error("a line of two");
  },
};

const logs: Target = {
  name: "logs",
  async run(random) {
    const parts = Array.from({ length: random.below(6) }, () =>
      Buffer.concat([
        Buffer.from("2030-01-01T00:00:00.5Z "),
        random.bytes(30),
        random.pick([Buffer.from("\n"), Buffer.from("\r\n")]),
      ]),
    );
    const bytes = random.damaged(Buffer.concat(parts));
    const read = async (pieces: readonly Buffer[]) => {
      const lines: (string | undefined)[][] = [];
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of pieces) controller.enqueue(piece);
          controller.close();
        },
      });
      const { whole } = await readLogLines(new Response(body), 60_000, true, never, (time, line) => {
        lines.push([time, line]);
        return true;
      });
      return { lines, whole };
    };
    same(await read(random.cut(bytes)), await read([bytes]), "cut and whole");
  },
};
const never = new AbortController().signal;

const lines: Target = {
  name: "lines",
  async run(random) {
    const text =
      random.bytes(60).toString("latin1") + random.pick(["", "\r", "\n", "\r\n", "\u001b[31m", "\u202e"] as const);
    const found: string[] = [];
    const splitter = lineSplitter((line) => found.push(line), 1000);
    for (const piece of random.cut(Buffer.from(text, "latin1"))) splitter.take(piece.toString("latin1"));
    splitter.end();
    const whole = linesOf(Buffer.from(text, "latin1").toString("latin1"));
    same(found, whole, "cut and whole");
    for (const line of whole) {
      const shown = visibleWithColours(line);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
      if (/[\u0000-\u0008\u000a-\u001a\u001c-\u001f\u007f-\u009f]/.test(shown))
        throw new Error("a terminal would obey it");
    }
    async function* stream() {
      yield* random.cut(Buffer.from(text, "latin1"));
    }
    try {
      for await (const line of byteLines(stream(), 40, "keep"))
        if (line.length > 1000) throw new Error("a line without measure");
    } catch (thrown) {
      if (!isExpected(thrown)) throw thrown;
    }
  },
};

export const texts: readonly Target[] = [registry, server, engine, build, logs, lines];
