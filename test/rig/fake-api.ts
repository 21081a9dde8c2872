/** An API server of one function, for faults that a real one does not have at will; with a kubeconfig that leads to it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { type ConnectOptions, connect } from "../../src/cluster/connect/connect.ts";

/** A copy: the runtime's own request cannot be read any more once it is answered. */
export interface FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  /** Requests so far, as they came. */
  readonly requests: readonly FakeRequest[];
  /** A connection as `user`, an entry of a kubeconfig. */
  connect(user?: object, options?: Partial<ConnectOptions> & { readonly server?: string }): Promise<Cluster>;
}

export async function fakeApi(
  answer: (request: Request, nth: number) => Response | Promise<Response>,
): Promise<FakeApi> {
  const requests: FakeRequest[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => {
      const copy = { method: request.method, url: request.url, headers: new Headers(request.headers) };
      return answer(request, requests.push(copy));
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const folder = await mkdtemp(join(tmpdir(), "devloop-fake-api-"));
  return {
    url,
    folder,
    requests,
    async connect(user = {}, { server: at = url, ...options } = {}) {
      const kubeconfig = join(folder, "config");
      await writeFile(
        kubeconfig,
        JSON.stringify({
          "current-context": "fake",
          contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
          clusters: [{ name: "fake", cluster: { server: at } }],
          users: [{ name: "fake", user }],
        }),
      );
      return connect({ kubeconfig, env: {}, ...options });
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The API server's own form of a refusal. */
export function refusal(code: number, reason: string, message: string, headers: Record<string, string> = {}): Response {
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
  return Response.json(body, { status: code, headers });
}
