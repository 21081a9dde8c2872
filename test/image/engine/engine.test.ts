/** What a request to the engine carries, and what becomes of a refusal or of an engine that is not there: no Docker. */
import { afterAll, expect, test } from "bun:test";
import { type AddressInfo, createServer } from "node:net";
import type { Failure } from "../../../src/diag/failure.ts";
import { type EngineEndpoint, endpointUrl } from "../../../src/image/engine/endpoint.ts";
import {
  call,
  type Engine,
  type EngineRequest,
  engineAt,
  engineIdentity,
  engineTrust,
  info,
  ping,
  refusalText,
  text,
  unreachableEngine,
  version,
} from "../../../src/image/engine/engine.ts";
import { listImages, loadImages, pushImage, saveImages, untagImage } from "../../../src/image/engine/engine-image.ts";
import { machineAuthorities } from "../../../src/std/tls-trust.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const signal = () => new AbortController().signal;
const servers: { stop(force: boolean): unknown }[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop(true))));

function engine(answer: (request: Request) => Response | Promise<Response>) {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  servers.push(server);
  return engineAt({ kind: "tcp", host: "127.0.0.1", port: Number(server.port), from: "DOCKER_HOST" });
}

test("a request carries its query, headers and JSON; without any it is a bare GET", async () => {
  const seen: string[] = [];
  const at = engine(async (request) => {
    const { pathname, search } = new URL(request.url);
    const type = request.headers.get("content-type");
    seen.push(`${request.method} ${pathname}${search} ${type} ${request.headers.get("x-a")} ${await request.text()}`);
    return new Response("ok");
  });
  await at.request("/one", {}, signal());
  await at.request("/two", { method: "POST", query: { a: "b c" }, headers: { "X-A": "1" }, json: { d: 1 } }, signal());
  expect(seen).toEqual(["GET /one null null ", 'POST /two?a=b+c application/json 1 {"d":1}']);
});

test("an empty answer is no JSON and no error", async () => {
  expect(
    await call<undefined>(
      engine(() => new Response("")),
      "/",
      {},
      "answer",
      signal(),
    ),
  ).toBeUndefined();
});

test.each([
  [299, "fine"],
  [300, undefined],
  [404, undefined],
  [500, undefined],
])("status %i is accepted only below 300", async (status, expected) => {
  const asked = text(
    engine(() => new Response("fine", { status })),
    "/",
    {},
    "do it",
    signal(),
  );
  if (expected === undefined) await expect(asked).rejects.toThrow("the Docker engine refused to do it: fine");
  else expect(await asked).toBe(expected);
});

test.each([
  ['{"message":"no such\\nthing "}', "no such thing"],
  ['{"message":""}', '{"message":""}'],
  ["first\nsecond", "first"],
  ["", "status 418"],
])("of the body %j the words are %j", (body, words) => {
  expect(refusalText(body, 418)).toBe(words);
});

test("a cancelled request ends with the signal's reason, before and while it is under way", async () => {
  const controller = new AbortController();
  const begun = Promise.withResolvers<void>();
  const at = engine(() => {
    begun.resolve();
    return new Promise<Response>(() => undefined);
  });
  const asked = ping(at, controller.signal);
  await begun.promise;
  controller.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
  await expect(ping(at, controller.signal)).rejects.toThrow("enough");
});

test("an engine that takes a short call and says nothing is told after 30 s, by its name", async () => {
  const clock = virtualClock();
  const begun = Promise.withResolvers<void>();
  const { endpoint } = engine(() => {
    begun.resolve();
    return new Promise<Response>(() => undefined);
  });
  const at = engineAt(endpoint, clock);
  let told: Failure | undefined;
  const asked = ping(at, signal()).catch((thrown: Failure) => {
    told = thrown;
  });
  await begun.promise;
  await clock.advance(29_999);
  expect(told).toBeUndefined();
  await clock.advance(1);
  await asked;
  expect(told?.diagnostics[0]).toMatchObject({
    message: `the Docker engine at ${endpointUrl(endpoint)} (from DOCKER_HOST) did not answer within 30 s`,
    passing: true,
  });
  expect(clock.sleepers).toBe(0);
});

test.each<[string, (at: Engine) => Promise<unknown>, number]>([
  ["an export", (at) => saveImages(at, ["a"], signal()), 0],
  ["a load", (at) => loadImages(at, new Blob(["x"]).stream(), signal()), 0],
  ["a push", (at) => pushImage(at, "a:1", {}, signal()).next(), 0],
  ["the sizes of all images", (at) => listImages(at, {}, signal(), true), 300_000],
  ["a removal", (at) => untagImage(at, "a:1", signal()), 300_000],
  ["the names of all images", (at) => listImages(at, {}, signal()), 30_000],
])("%s is waited for as long as it may take", async (_what, ask, limit) => {
  const clock = virtualClock();
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const at = engineAt(
    engine(() => {
      begun.resolve();
      return answer.promise;
    }).endpoint,
    clock,
  );
  const asked = ask(at).then(
    () => "answered",
    () => "given up",
  );
  await begun.promise;
  await clock.advance(limit === 0 ? 3_600_000 : limit - 1);
  if (limit > 0) await clock.advance(1);
  answer.resolve(Response.json([]));
  expect(await asked).toBe(limit === 0 ? "answered" : "given up");
});

test("a connection that the engine closes is tried again for what may be asked twice, and for nothing else", async () => {
  let cut = 0;
  let cuts = 2;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      if (cut++ < cuts) socket.destroy();
      else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const at = engineAt({ kind: "tcp", host: "127.0.0.1", port, from: "DOCKER_HOST" });
  const doing = async (request: EngineRequest) => {
    cut = 0;
    return await text(at, "/", request, "answer", signal()).catch((thrown: Error) => thrown.message);
  };
  expect(await doing({})).toBe("{}");
  expect(await doing({ method: "POST", repeatable: true })).toBe("{}");
  expect(await doing({ method: "POST" })).toContain("it closed the connection");
  expect(cut).toBe(1);
  cuts = 100;
  expect(await doing({})).toContain("it closed the connection");
  expect(cut).toBe(3);
  server.close();
});

test("a body that is cut short is an engine that cannot be reached", async () => {
  const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const at = engineAt({ kind: "tcp", host: "127.0.0.1", port, from: "DOCKER_HOST" });
  await expect(text(at, "/", {}, "answer", signal())).rejects.toThrow(
    `cannot reach the Docker engine at tcp://127.0.0.1:${port} (from DOCKER_HOST): it closed the connection`,
  );
  server.close();
});

const unix: EngineEndpoint = { kind: "unix", path: "/nowhere.sock", from: "the default socket" };
test.each([
  ["ENOENT", "no such socket"],
  ["FailedToOpenSocket", "nothing listens there"],
  ["ConnectionRefused", "nothing listens there"],
  ["ECONNREFUSED", "nothing listens there"],
  ["EACCES", "permission denied"],
  ["ConnectionClosed", "it closed the connection"],
  ["ECONNRESET", "it closed the connection"],
  ["EPIPE", "it closed the connection"],
  ["EWHATEVER", "its own words"],
])("an engine that cannot be reached by %s: %s", (code, words) => {
  const cause = Object.assign(new Error("its own words"), { code });
  const [diagnostic] = unreachableEngine(unix, cause).diagnostics;
  expect(diagnostic.message).toBe(
    `cannot reach the Docker engine at unix:///nowhere.sock (from the default socket): ${words}`,
  );
  expect(diagnostic.suggestion).toContain(code === "EACCES" ? "add yourself to the group" : "start Docker");
  expect(diagnostic.passing === true).toBe(code !== "EACCES");
});

test("a socket that is not there is told with its place", async () => {
  await expect(ping(engineAt(unix), signal())).rejects.toThrow(
    "cannot reach the Docker engine at unix:///nowhere.sock",
  );
  expect(unreachableEngine(unix, "no error at all").message).toEndWith(": no error at all");
});

test("what the engine says of itself", async () => {
  const answers: Readonly<Record<string, object>> = {
    "/version": { Version: "29.1", ApiVersion: "1.52", Os: "linux", Arch: "arm64" },
    "/info": {
      ID: "i",
      Name: "host",
      OperatingSystem: "os",
      ServerVersion: "29.1",
      Driver: "overlayfs",
      DockerRootDir: "/var/lib/docker",
    },
  };
  const at = engine((request) => Response.json(answers[new URL(request.url).pathname]));
  expect(await version(at, signal())).toEqual({ version: "29.1", apiVersion: "1.52", os: "linux", arch: "arm64" });
  expect(await info(at, signal())).toEqual({
    ...{ id: "i", name: "host", operatingSystem: "os", version: "29.1", driver: "overlayfs" },
    ...{ containerdStore: false, rootless: false, root: "/var/lib/docker" },
  });
  expect(await engineIdentity(at, signal())).toBe("engine:host:/var/lib/docker");
});

test.each([
  [{ DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] }, true, false],
  [
    {
      DriverStatus: [
        ["driver-type", "overlay"],
        ["other", "io.containerd.snapshotter.v1"],
      ],
    },
    false,
    false,
  ],
  [{ DriverStatus: null, SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"] }, false, true],
  [{ SecurityOptions: ["name=cgroupns,x=name=rootless2"] }, false, false],
])("%j: containerd's store %p, rootless %p", async (more, containerdStore, rootless) => {
  expect(
    await info(
      engine(() => Response.json(more)),
      signal(),
    ),
  ).toMatchObject({ containerdStore, rootless });
});

test("an engine without an authority of its own is judged by this machine's", () => {
  const machine = machineAuthorities();
  expect(engineTrust({ verify: true })).toEqual({ rejectUnauthorized: true, ca: [...machine] });
  expect(engineTrust({ verify: true, ca: "A", cert: "C", key: "K" })).toEqual({
    rejectUnauthorized: true,
    ca: "A",
    cert: "C",
    key: "K",
  });
  expect(engineTrust({ verify: false })).toEqual({ rejectUnauthorized: false });
});
