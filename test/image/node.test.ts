/** A node whose answers are made up: what it says is data, whatever it looks like. */
import { expect, test } from "bun:test";
import { openNode } from "../../src/image/node.ts";
import { fakeNode } from "../rig/fake-node.ts";

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
  const contents = await at.node.look(["docker.io/library/web:1", id], signal());
  await at.node.presence(id, "web:1", contents, signal());
  expect(at.fake.commands.length).toBeGreaterThan(2);
  for (const command of at.fake.commands) {
    expect(command).not.toContain("touch");
    expect(command).not.toContain("shadow");
  }
});

test("only the folders that are known hold blobs", async () => {
  await using known = await nodeWith({}, "/var/lib/rancher/k3s/agent/containerd");
  await known.node.look([], signal());
  expect(known.fake.commands.at(-1)).toContain("cd /var/lib/rancher/k3s/agent/containerd/");
  await using other = await nodeWith({}, "/tmp/$(touch /made)");
  await other.node.look([], signal());
  expect(other.fake.commands.at(-1)).toContain("cd /var/lib/containerd/");
});
