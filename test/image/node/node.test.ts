/** A node whose answers are made up: what it says is data, whatever it looks like. */
import { expect, test } from "bun:test";
import { openNode } from "../../../src/image/node/node.ts";
import { eventually } from "../../rig/eventually.ts";
import { fakeNode } from "../../rig/fake-node.ts";

const signal = () => AbortSignal.timeout(30_000);
const hex = (digit: string) => digit.repeat(64);
const id = `sha256:${hex("1")}` as const;
const evil = `sha256:${hex("2").slice(1)}$(touch /made)`;

/** A node that has the image's manifest under its name; `manifest` is what stands in the blob. */
async function nodeWith(manifest: unknown, root = "/var/lib/containerd") {
  const stack = new AsyncDisposableStack();
  const fake = stack.use(
    await fakeNode((command) => {
      if (command.includes("command -v ctr")) return `${root}\n`;
      if (command.includes("images ls"))
        return `${hex("1")} 10\n--next--\ndocker.io/library/web:1 application/x ${id} 1 B linux/amd64 -\n`;
      if (command.includes(`/${hex("1")}`)) return JSON.stringify(manifest);
      return "";
    }),
  );
  const node = stack.use(await openNode(fake.engine, "node", "node", signal()));
  return { fake, node, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test.each([
  ["a config", { config: { digest: evil }, layers: [] }],
  ["a nested manifest", { manifests: [{ digest: evil }, { digest: "" }, { digest: "../../etc/shadow" }] }],
  ["a layer", { config: { digest: id }, layers: [{ digest: evil }] }],
])("a digest that is none, of %s, enters no command line", async (_, manifest) => {
  await using at = await nodeWith(manifest);
  const contents = await at.node.list(["docker.io/library/web:1", id], signal());
  await at.node.presence(id, "web:1", contents, signal());
  expect(at.fake.commands.length).toBeGreaterThan(2);
  for (const command of at.fake.commands) {
    expect(command).not.toContain("touch");
    expect(command).not.toContain("shadow");
  }
});

test("only the folders that are known hold blobs", async () => {
  await using known = await nodeWith({}, "/var/lib/rancher/k3s/agent/containerd");
  await known.node.list([], signal());
  expect(known.fake.commands.at(-1)).toContain("cd /var/lib/rancher/k3s/agent/containerd/");
  await using other = await nodeWith({}, "/tmp/$(touch /made)");
  await other.node.list([], signal());
  expect(other.fake.commands.at(-1)).toContain("cd /var/lib/containerd/");
});

/** A node whose every shell opens, and every listing ends, when the test lets it. */
async function slowNode() {
  const stack = new AsyncDisposableStack();
  const opening = { gate: Promise.resolve() };
  const listing = { gate: Promise.resolve() };
  const fake = stack.use(
    await fakeNode(
      async (command) => {
        if (command.includes("command -v ctr")) return "/var/lib/containerd\n";
        await listing.gate;
        return command.includes("content ls") ? "--next--\n--next--\n" : "overlayfs\n";
      },
      () => opening.gate,
    ),
  );
  const node = stack.use(await openNode(fake.engine, "node", "node", signal()));
  return { fake, node, opening, listing, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const reasonOf = (work: Promise<unknown>) => work.then(() => "done").catch((thrown: Error) => thrown.message);

test("a listing that several wait for goes on where the one that began it is cancelled", async () => {
  await using at = await slowNode();
  const { promise, resolve } = Promise.withResolvers<void>();
  at.listing.gate = promise;
  const first = new AbortController();
  const [begun, joined] = [at.node.layers(first.signal), at.node.layers(signal())].map(reasonOf);
  await eventually("the listing", () => at.fake.commands.length > 1 || undefined);
  first.abort(new Error("superseded"));
  expect(await begun).toBe("superseded");
  resolve();
  expect(await joined).toBe("done");
  expect(at.fake.open).toBe(1);
});

test("a shell that several wait for opens where the one that needed it first is cancelled", async () => {
  await using at = await slowNode();
  at.fake.cut();
  await eventually("the end of the shell", () => at.fake.open === 0 || undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  at.opening.gate = promise;
  const first = new AbortController();
  const [begun, joined] = [at.node.list(["a"], first.signal), at.node.list(["b"], signal())].map(reasonOf);
  await new Promise((turn) => setImmediate(turn));
  first.abort(new Error("superseded"));
  expect(await begun).toBe("superseded");
  resolve();
  expect(await joined).toBe("done");
});

test("an import that waits behind a command that is cancelled is sent whole to the next shell", async () => {
  const input = "the archive";
  const imported: string[] = [];
  await using folder = new AsyncDisposableStack();
  const hung = Promise.withResolvers<void>();
  const fake = folder.use(
    await fakeNode(async (command) => {
      if (command.includes("command -v ctr")) return "/var/lib/containerd\n";
      if (command.includes("images ls")) await hung.promise;
      if (command.includes("images import")) imported.push(command);
      return "";
    }),
  );
  const node = folder.use(await openNode(fake.engine, "node", "node", signal()));
  // From here on an import is one command.
  await node.layers(signal());
  const first = new AbortController();
  const cancelled = reasonOf(node.list(["a"], first.signal));
  await eventually("the listing", () => fake.commands.some((command) => command.includes("images ls")) || undefined);
  const chunks = [Buffer.from(input)];
  const importing = node.importArchive({ bytes: input.length, chunks }, signal());
  await new Promise((turn) => setImmediate(turn));
  first.abort(new Error("superseded"));
  expect(await cancelled).toBe("superseded");
  expect((await importing).code).toBe(0);
  expect(imported).toHaveLength(1);
  hung.resolve();
});
