/**
 * Opens the engine that the Docker client would use. An engine over ssh is reached through the client itself. An error
 * in the client's settings is thrown by the first request, so that commands without need of an engine work.
 */
import { Failure } from "../diag/failure.ts";
import { stdioBridge } from "../tool/dial-stdio.ts";
import { type EngineEndpoint, type Environment, engineEndpoint } from "./engine/endpoint.ts";
import { type Engine, engineAt } from "./engine/engine.ts";

/** The engine; no request is sent yet. Disposing ends its connections. */
export async function openEngine(env: Environment): Promise<Engine & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const engine = await reached(env, stack).catch((thrown: unknown) => {
    if (thrown instanceof Failure) return noEngine(thrown);
    throw thrown;
  });
  const owned = stack.move();
  return { ...engine, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function reached(env: Environment, stack: AsyncDisposableStack): Promise<Engine> {
  const found = await engineEndpoint(env);
  if (found.kind !== "ssh") return engineAt(found);
  const { url, host, from } = found;
  const { path, words } = stack.use(await stdioBridge(env));
  return engineAt({ kind: "unix", path, from, remote: { url, host, words } });
}

function noEngine(failure: Failure): Engine {
  const endpoint: EngineEndpoint = { kind: "unix", path: "", from: "nowhere" };
  return { endpoint, request: () => Promise.reject(failure) };
}
