/** Manifests behind addresses: fetched once in a session, again in the next, and told where they cannot be. */
import { expect, test } from "bun:test";
import { at, kustomizations } from "../kustomizations.ts";

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

async function addresses() {
  let asked = 0;
  const served = { text: map("far") };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      asked++;
      return new URL(request.url).pathname === "/a.yaml"
        ? new Response(served.text)
        : new Response("", { status: 410 });
    },
  });
  const source = (path: string) =>
    ({ pattern: `http://127.0.0.1:${server.port}${path}`, kind: "address", isDefault: false, at }) as const;
  return { source, served, asked: () => asked, [Symbol.asyncDispose]: () => server.stop(true) };
}

test("they are read once in each session, beside files, and an address twice gives its objects once", async () => {
  await using far = await addresses();
  const modules: Record<string, object> = {};
  await using all = await kustomizations(modules);
  await all.write("k8s/near.yaml", map("near"));
  const near = { pattern: `${all.cwd}/k8s/*.yaml`, kind: "path", isDefault: false, at };
  modules.app = { sources: [far.source("/a.yaml"), near, far.source("/a.yaml")] };
  {
    await using session = await all.session();
    expect(session.names(await session.pass({ paths: [], lost: true }))).toEqual(["near", "far"]);
    far.served.text = map("other");
    await all.write("k8s/near.yaml", map("nearer"));
    const saved = await session.pass({ paths: [{ path: `${all.cwd}/k8s/near.yaml` }] });
    expect([session.names(saved), far.asked()]).toEqual([["nearer", "far"], 1]);
  }
  await using session = await all.session();
  expect(session.names(await session.pass({ paths: [], lost: true }))).toEqual(["nearer", "other"]);
});

test("one that is not there, or holds no manifest, fails at its place and by its name", async () => {
  await using far = await addresses();
  const modules: Record<string, object> = { app: { sources: [far.source("/gone.yaml")] } };
  await using all = await kustomizations(modules);
  {
    await using session = await all.session();
    const [failed] = (await session.pass({ paths: [], lost: true })).failed;
    const { pattern } = far.source("/gone.yaml");
    expect(failed?.diagnostics[0]).toMatchObject({ at, message: `cannot fetch ${pattern}: the server answered 410` });
  }
  far.served.text = "kind: ConfigMap\n";
  modules.app = { sources: [far.source("/a.yaml")] };
  await using session = await all.session();
  const [failed] = (await session.pass({ paths: [], lost: true })).failed;
  expect(failed?.diagnostics[0]).toMatchObject({
    message: "this object has no apiVersion",
    at: { file: far.source("/a.yaml").pattern, line: 1 },
  });
});
