/** Nodes as one destination, over shells whose answers are made up: what is asked, sent, given up and closed. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import type { DeliverableImage, Destination } from "../../../src/image/destination.ts";
import { openNodesDestination, type ToolLoad } from "../../../src/image/node/nodes.ts";
import type { Sender } from "../../../src/image/node/send.ts";
import { eventually } from "../../rig/eventually.ts";
import { type Answer, fakeNode } from "../../rig/fake-node.ts";

const hex = (digit: string) => digit.repeat(64);
const image: DeliverableImage = { id: `sha256:${hex("1")}`, name: "web:tag" };
const signal = () => AbortSignal.timeout(30_000);

/** A node's containerd: full names with the digest behind each, and whether the blobs of the image are there. */
interface Has {
  readonly names: Record<string, string>;
  whole: boolean;
  broken?: boolean;
}

function nodeOf(has: Has): Answer {
  return (command) => {
    if (has.broken) return undefined;
    if (command.includes("command -v ctr")) return "/var/lib/containerd\n";
    const tag = /images tag --force '?([^' ]+)'? '?([^' ]+)'?/.exec(command);
    if (tag?.[1] !== undefined && tag[2] !== undefined) {
      const target = has.names[tag[1]];
      if (target === undefined) return undefined;
      has.names[tag[2]] = target;
      return "";
    }
    const gone = /images rm (.*) \|\| true/.exec(command)?.[1];
    if (gone !== undefined) {
      for (const name of gone.split(" ")) delete has.names[name.replaceAll("'", "")];
      return "";
    }
    if (command.includes("images ls")) {
      const table = Object.entries(has.names).map(
        ([name, digest]) => `${name} application/x ${digest} 1 B linux/amd64 -`,
      );
      return `${has.whole ? `${hex("2")} 5\n${hex("1")} 9\n` : ""}--next--\n${table.join("\n")}\n`;
    }
    if (command.includes(`/${hex("2")}`)) return JSON.stringify({ config: { digest: image.id }, layers: [] });
    return "";
  };
}

interface Nodes extends AsyncDisposable {
  readonly to: Destination;
  readonly sent: string[];
  readonly notices: string[];
  readonly ended: string[];
  readonly open: () => number;
  readonly commands: () => readonly string[];
}

interface Options {
  readonly send?: Sender["send"];
  readonly toolLoad?: ToolLoad;
}

async function over(all: readonly Has[], { send, toolLoad }: Options = {}): Promise<Nodes> {
  const stack = new AsyncDisposableStack();
  const fakes = await Promise.all(all.map(async (has) => stack.use(await fakeNode(nodeOf(has)))));
  const engines = new Map(fakes.map((fake, i) => [`n${i}`, fake.engine]));
  const first = fakes[0];
  if (first === undefined) throw new Error("no node");
  const [sent, notices, ended] = [[] as string[], [] as string[], [] as string[]];
  // Each node has an engine of its own here: a container's name says which.
  const engine: typeof first.engine = {
    endpoint: first.engine.endpoint,
    request: (path, request, during) =>
      (engines.get(/containers\/(n\d)/.exec(path)?.[1] ?? "n0") ?? first.engine).request(path, request, during),
  };
  const sender: Sender = {
    send: async (one, nodes, during) => {
      sent.push(`${one.name} to ${nodes.map(({ name }) => name).join(", ")}`);
      return send ? send(one, nodes, during) : { how: "full", bytes: 7 };
    },
    [Symbol.asyncDispose]: async () => void ended.push("sender"),
  };
  const nodes = all.map((_, i) => ({ name: `n${i}`, container: `n${i}` }));
  const target = { kind: "nodes", id: "kind/dev", label: 'kind cluster "dev"', tool: "kind", nodes } as never;
  const to = await openNodesDestination(engine, target, sender, toolLoad, (text) => notices.push(text), signal());
  stack.use(to);
  return {
    to,
    sent,
    notices,
    ended,
    open: () => fakes.reduce((sum, fake) => sum + fake.open, 0),
    commands: () => fakes.flatMap((fake) => fake.commands),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const full = "docker.io/library/web:tag";
const target = `sha256:${hex("2")}`;
const named = (): Has => ({ names: { [full]: target, [image.id]: target }, whole: true });
const unnamed = (): Has => ({ names: { [image.id]: target }, whole: true });
const half = (): Has => ({ names: { [full]: target }, whole: false });
const empty = (): Has => ({ names: {}, whole: false });

test.each<[string, Has, Awaited<ReturnType<Destination["has"]>>[number]]>([
  ["whole under its name", named(), { present: true, reference: "web:tag", proof: "listed by n0" }],
  ["under another name", unnamed(), { present: false, reason: "known under another name only on n0" }],
  ["a name without its content", half(), { present: false, reason: "missing on n0" }],
  ["nothing", empty(), { present: false, reason: "missing on n0" }],
])("one node has %s", async (_what, has, expected) => {
  await using nodes = await over([has]);
  expect(await nodes.to.has([image], signal())).toEqual([expected]);
});

describe("delivery", () => {
  test.each<[string, Has, string, readonly string[]]>([
    ["present", named(), "present", []],
    ["tagged", unnamed(), "tagged", []],
    ["sent", empty(), "full", ["web:tag to n0"]],
    ["sent where a name is all there is", half(), "full", ["web:tag to n0"]],
  ])("an image is %s", async (_what, has, how, sent) => {
    await using nodes = await over([has]);
    const delivered = await nodes.to.deliver(image, signal());
    expect(delivered).toMatchObject({ reference: "web:tag", how, bytes: how === "full" ? 7 : 0 });
    expect(nodes.sent).toEqual([...sent]);
    if (how === "tagged") expect(has.names[full]).toBe(target);
  });

  test("a sender's failure is the delivery's where there is no tool, and left to the tool where there is one", async () => {
    const send = async () => {
      throw new Failure("the import broke");
    };
    await using alone = await over([empty()], { send });
    await expect(alone.to.deliver(image, signal())).rejects.toThrow("the import broke");
    expect(alone.notices).toEqual([]);

    const loaded: string[] = [];
    const toolLoad: ToolLoad = async ({ name }) => void loaded.push(name);
    await using helped = await over([empty()], { send, toolLoad });
    expect(await helped.to.deliver(image, signal())).toMatchObject({ reference: "web:tag", how: "full" });
    expect(loaded).toEqual(["web:tag"]);
    expect(helped.notices).toEqual(["web:tag is loaded by kind: the import broke"]);
  });

  test("neither a mistake nor a cancellation is left to the tool", async () => {
    const toolLoad: ToolLoad = async () => {
      throw new Error("not asked for");
    };
    await using broken = await over([empty()], { send: () => Promise.reject(new TypeError("x")), toolLoad });
    await expect(broken.to.deliver(image, signal())).rejects.toThrow(TypeError);
    const controller = new AbortController();
    const send = async () => {
      controller.abort(new Error("enough"));
      throw new Failure("cut");
    };
    await using cancelled = await over([empty()], { send, toolLoad });
    await expect(cancelled.to.deliver(image, controller.signal)).rejects.toThrow("cut");
    expect(cancelled.notices).toEqual([]);
  });

  test("that is expected has every node's layers listed ahead, once", async () => {
    let layers: unknown;
    const send: Sender["send"] = async (_image, [node], during) => {
      layers = await node?.layers(during);
      return { how: "delta" };
    };
    await using nodes = await over([empty(), empty()], { send });
    const listed = () => nodes.commands().filter((command) => command.includes("content ls")).length;
    nodes.to.expect?.();
    nodes.to.expect?.();
    await eventually("both are listed", async () => (listed() === 2 ? true : undefined));
    await nodes.to.deliver(image, signal());
    expect(listed()).toBe(2);
    expect(layers).toEqual({ blobs: new Map(), snapshots: expect.any(Set) });
  });

  test("names are taken off", async () => {
    const has = named();
    await using nodes = await over([has]);
    await nodes.to.forget(["web:tag", "never:1"], signal());
    expect(has.names).toEqual({ [image.id]: target });
  });
});

test("disposal ends the sender, then every shell", async () => {
  await using nodes = await over([named()]);
  await nodes.to.has([image], signal());
  expect(nodes.open()).toBeGreaterThan(0);
  await nodes.to[Symbol.asyncDispose]();
  expect(nodes.ended).toEqual(["sender"]);
  await eventually("the shells are closed", () => (nodes.open() === 0 ? true : undefined));
});

describe("a node that cannot be opened", () => {
  const without: Answer = () => undefined;

  async function opening(toolLoad: ToolLoad | undefined) {
    await using fake = await fakeNode((command) => (command.includes("command -v ctr") ? without(command) : ""));
    const notices: string[] = [];
    const ended: string[] = [];
    const sender = {
      send: async () => ({ how: "full" as const }),
      [Symbol.asyncDispose]: async () => void ended.push("sender"),
    };
    const nodes = [{ name: "n0", container: "n0" }];
    const target = { kind: "nodes", id: "kind/dev", label: "kind", tool: "kind", nodes } as never;
    const engine: typeof fake.engine = {
      endpoint: fake.engine.endpoint,
      request: async () => Response.json({ message: "container n0 is not running" }, { status: 409 }),
    };
    try {
      const to = await openNodesDestination(engine, target, sender, toolLoad, (text) => notices.push(text), signal());
      return { to, notices, ended };
    } catch (thrown) {
      return { thrown, notices, ended };
    }
  }

  test("is a failure without the cluster's own tool", async () => {
    const { thrown, ended } = await opening(undefined);
    expect(String(thrown)).toContain("container n0 is not running");
    expect(ended).toEqual(["sender"]);
  });

  test("is left to the tool, with one line: then nothing is known to be there", async () => {
    const loaded: string[] = [];
    const { to, notices, ended } = await opening(async ({ name }) => void loaded.push(name));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toStartWith("images are loaded whole by kind: ");
    expect(ended).toEqual(["sender"]);
    expect(await to?.has([image], signal())).toEqual([{ present: false, reason: "the nodes cannot be asked" }]);
    expect(await to?.deliver(image, signal())).toMatchObject({ reference: "web:tag", how: "full" });
    expect(loaded).toEqual(["web:tag"]);
    await to?.forget(["web:tag"], signal());
    await to?.[Symbol.asyncDispose]();
  });
});
