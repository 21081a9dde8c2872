import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Engine, engineAt, info, ping, version } from "../../../src/image/engine/engine.ts";
import { listContainers } from "../../../src/image/engine/engine-container.ts";
import { openExec } from "../../../src/image/engine/engine-exec.ts";
import {
  inspectImage,
  layerSizes,
  listImages,
  loadImages,
  saveImages,
  tagImage,
  untagImage,
} from "../../../src/image/engine/engine-image.ts";
import type { ImageId } from "../../../src/image/reference.ts";
import { type EngineProxy, engineProxy } from "../../rig/engine-proxy.ts";
import { testEngine, testTarget } from "../../rig/kind-node.ts";
import { docker, type ScratchImages, scratchImages } from "../../rig/scratch-image.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

let proxy: EngineProxy;
let engine: Engine;
let images: ScratchImages;
let id: ImageId;
let node = "";
const signal = () => AbortSignal.timeout(120_000);

beforeAll(async () => {
  proxy = await engineProxy();
  engine = engineAt(proxy.endpoint);
  images = await scratchImages("engine");
  id = await images.build("web", [32]);
  node = (await testTarget(await testEngine())).nodes[0]?.container ?? "";
});

afterAll(async () => {
  await images?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
});

describe("calls, through the proxy", () => {
  test("the engine answers and describes itself", async () => {
    await ping(engine, signal());
    const { version: v, apiVersion } = await version(engine, signal());
    expect(v).toMatch(/^\d+\.\d+/);
    expect(apiVersion).toMatch(/^1\.\d+$/);
    expect((await info(engine, signal())).name).toBe((await docker("info", "--format", "{{.Name}}")).trim());
  });

  test("an image's config is what was built", async () => {
    const found = await inspectImage(engine, `${images.repository("web")}:latest`, signal());
    expect(found?.id).toBe(id);
    expect(found?.diffIds).toHaveLength(2);
    expect(found?.config.entrypoint).toEqual(["/bin/busybox", "sleep", "3600"]);
    expect(found?.tags).toEqual([`${images.repository("web")}:latest`]);
    expect(await inspectImage(engine, "devloop-test/none:never", signal())).toBeUndefined();
  });

  test("every layer has its size, empty ones too, whatever describing steps stand between them", async () => {
    await using folder = await tempFolder();
    const described = "ARG A=1\nENV B=c\nLABEL d=e\nEXPOSE 80\nUSER 1000\nVOLUME /v\nSTOPSIGNAL TERM\nHEALTHCHECK NONE";
    const lines = ["FROM scratch", "COPY big /", "WORKDIR /app", described, "COPY small /app/", 'CMD ["/app/small"]'];
    await Bun.write(join(folder.path, "Dockerfile"), `${lines.join("\n")}\n`);
    await Bun.write(join(folder.path, "big"), new Uint8Array(3000));
    await Bun.write(join(folder.path, "small"), new Uint8Array(20));
    const name = images.repository("sizes");
    await docker("buildx", "build", "--load", "--provenance=false", "-q", "-t", name, folder.path);
    const found = await inspectImage(engine, name, signal());
    if (found === undefined) throw new Error("it was built");
    expect(await layerSizes(engine, found, signal())).toEqual([3000, 0, 20]);
  });

  test("names come and go", async () => {
    const name = `${images.repository("named")}:v1`;
    await tagImage(engine, id, name, signal());
    const listed = await listImages(engine, { reference: [name] }, signal());
    expect(listed.map((i) => i.id)).toEqual([id]);
    expect(await untagImage(engine, name, signal())).toBe(true);
    expect(await untagImage(engine, name, signal())).toBe(false);
  });

  test("an export loads again", async () => {
    const name = `${images.repository("saved")}:v1`;
    const other = await images.build("saved", [300]);
    await tagImage(engine, other, name, signal());
    const archive = await new Response(await saveImages(engine, [name], signal())).arrayBuffer();
    await docker("rmi", "-f", other);
    expect(await inspectImage(engine, other, signal())).toBeUndefined();
    const said = await loadImages(engine, new Blob([archive]).stream(), signal());
    expect(said.join()).toContain(name);
    expect((await inspectImage(engine, name, signal()))?.id).toBe(other);
  });

  test("containers by label, with what they publish", async () => {
    const all = await listContainers(engine, ["io.x-k8s.kind.cluster"], signal());
    expect(all.map((c) => c.name)).toContain(node);
    expect(all.flatMap((c) => c.ports).some((p) => p.containerPort === 6443)).toBe(true);
  });
});

describe("exec", () => {
  test("input, both outputs, half-close and the exit code", async () => {
    const out = { stdout: "", stderr: "" };
    const argv = ["sh", "-c", "wc -c; echo complaint >&2; exit 7"];
    const take = (stream: "stdout" | "stderr", data: Uint8Array) => {
      out[stream] += Buffer.from(data).toString();
    };
    await using exec = await openExec(engine, node, argv, take, signal());
    const chunk = new Uint8Array(1 << 20);
    for (let i = 0; i < 8; i++) await exec.write(chunk);
    exec.endInput();
    await exec.closed;
    expect(out).toEqual({ stdout: `${8 << 20}\n`, stderr: "complaint\n" });
    expect(await exec.exitCode(signal())).toBe(7);
  });

  test("a container that is not there ends in one line", async () => {
    const work = openExec(engine, "devloop-test-none", ["true"], () => {}, signal());
    await expect(work).rejects.toThrow("the Docker engine refused to run true in devloop-test-none: No such container");
  });
});

describe("the docker client through the proxy", () => {
  test("a BuildKit build passes: sessions and gRPC are upgraded streams", async () => {
    const environment = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = proxy.host;
    try {
      const built = await images.build("through", [16]);
      expect((await inspectImage(engine, built, signal()))?.id).toBe(built);
    } finally {
      if (environment === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = environment;
    }
    expect(proxy.requests.filter((r) => r.upgraded).map((r) => r.path)).toContain("/session");
    expect(proxy.count("POST", /^\/(grpc|build)/)).toBeGreaterThan(0);
  });
});

describe("faults end in one clear line", () => {
  test("an error answer is the engine's own words", async () => {
    using _ = ending(proxy.fault("GET", /^\/info/, { kind: "answer", status: 500, message: "out of luck" }));
    await expect(info(engine, signal())).rejects.toThrow("the Docker engine refused to describe itself: out of luck");
  });

  test("a cut connection names the engine", async () => {
    using _ = ending(proxy.fault("GET", /^\/info/, { kind: "cut", after: 40, of: "received" }));
    await expect(info(engine, signal())).rejects.toThrow(`cannot reach the Docker engine at ${proxy.host}`);
  });

  test("no socket", async () => {
    const gone = engineAt({ kind: "unix", path: "/nonexistent/docker.sock", from: "DOCKER_HOST" });
    await expect(ping(gone, signal())).rejects.toThrow(
      "cannot reach the Docker engine at unix:///nonexistent/docker.sock (from DOCKER_HOST): no such socket",
    );
    await expect(openExec(gone, "x", ["true"], () => {}, signal())).rejects.toThrow("cannot reach the Docker engine");
  });

  test("a held request ends with the signal's reason", async () => {
    const { promise: until, resolve } = Promise.withResolvers<void>();
    using _ = ending(proxy.fault("GET", /^\/_ping/, { kind: "hold", until }));
    const stop = new AbortController();
    const work = ping(engine, stop.signal);
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(work).rejects.toBe(reason);
    resolve();
  });
});

function ending(end: () => void): Disposable {
  return { [Symbol.dispose]: end };
}
