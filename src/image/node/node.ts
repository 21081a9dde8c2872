/**
 * One node of a kind-like cluster: the content of its containerd, and the few changes that delivery makes there.
 * Presence is asked from the node each time; a remembered listing is only used where the node itself would refuse an
 * error (a tag of a missing image, an import without a layer). All commands use one open shell, which is opened again
 * after a break.
 */
import { Failure } from "../../diag/failure.ts";
import { abortable } from "../../std/async/abortable.ts";
import { type Shared, shared } from "../../std/async/shared.ts";
import { NeverBegan, type Payload, type ShellResult, shellWord } from "../../std/bytes/kept-shell.ts";
import type { PartialArchive } from "../archive/partial-archive.ts";
import type { Engine } from "../engine/engine.ts";
import { fullName, type ImageId } from "../reference.ts";
import {
  chainId,
  isComplete,
  isOf,
  type NodeContents,
  type NodeInventory,
  type NodeLayers,
  readBlobs,
  readDiffIds,
  readInventory,
  readLayers,
  readNames,
  readNodeManifest,
} from "./node-contents.ts";
import { type NodeShell, openNodeShell } from "./node-shell.ts";

/** How an image exists on a node: `named` with the wanted name, `unnamed` only with others. */
export type NodePresence =
  | { readonly state: "named" }
  | { readonly state: "unnamed"; readonly under: string }
  | { readonly state: "absent" };

export interface Node extends AsyncDisposable {
  readonly name: string;
  readonly container: string;
  /** Lists these names and every blob now. Names are given because a node takes long to describe all its images. */
  list(names: readonly string[], signal: AbortSignal): Promise<NodeContents>;
  /** The last listing, updated by devloop's own changes; undefined unless it included all of the names. */
  known(names: readonly string[]): NodeContents | undefined;
  /** Whether the image exists completely, judged by a listing and the manifests themselves. */
  presence(id: ImageId, name: string, contents: NodeContents, signal: AbortSignal): Promise<NodePresence>;
  /**
   * Layers by diff id, listed once and kept. An import that lacks a layer is refused by the node, and then `relist`
   * must be called.
   */
  layers(signal: AbortSignal): Promise<NodeLayers>;
  /** Forgets the listings. */
  relist(): void;
  /** Notes the result of an import, so that it need not be listed again. */
  learn(id: ImageId, name: string, archive: Pick<PartialArchive, "manifestDigest" | "blobs" | "sent">): void;
  /** Gives an image on the node another name. False where the image does not exist any more. */
  tag(from: string, name: string, signal: AbortSignal): Promise<boolean>;
  /** Removes names; missing names are no error. */
  forget(names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Everything that the node has, which takes it long to describe, and what its containers use. */
  inventory(signal: AbortSignal): Promise<NodeInventory>;
  /** Removes names in the node's form; missing names are no error. */
  remove(names: readonly string[], signal: AbortSignal): Promise<void>;
  /**
   * Imports an archive of known length.
   * @returns the node's answer: a failed import is a result
   */
  importArchive(archive: Payload, signal: AbortSignal): Promise<ShellResult>;
  /** The command that imports an archive from its input, for streams of unknown length. */
  importCommand(signal: AbortSignal): Promise<string>;
}

/** Folders of containerd's data: of kind and minikube, and of k3d. */
const roots: readonly [string, ...string[]] = ["/var/lib/containerd", "/var/lib/rancher/k3s/agent/containerd"];
const setUp =
  `for d in ${roots.join(" ")}; do ` +
  '[ -d "$d/io.containerd.content.v1.content/blobs/sha256" ] && echo "$d" && break; done; ' +
  "command -v ctr >/dev/null || exit 3";

/**
 * Prints the snapshotter, from the configuration file where it is there, which is quick. The node takes long to compute
 * its whole configuration, which is done only where files import others or name none.
 */
const tellSnapshotter =
  "line='s/^ *snapshotter = \"\\(..*\\)\".*/\\1/p'; f=/etc/containerd/config.toml; " +
  '[ -f "$f" ] || f=/var/lib/rancher/k3s/agent/etc/containerd/config.toml; ' +
  'grep -q "^ *imports" "$f" || found=$(sed -n "$line" "$f" | head -n 1); ' +
  '[ -n "$found" ] || found=$(containerd config dump | sed -n "$line" | head -n 1); echo "$found"';

/**
 * Opens the shell into a node's container.
 * @throws Failure where it does not run or has no `ctr`
 */
export function openNode(engine: Engine, container: string, name: string, signal: AbortSignal): Promise<Node> {
  return openNodeBy((during) => openNodeShell(engine, container, during), container, name, signal);
}

/**
 * Opens a shell on one node.
 * @throws Failure where that is not possible
 */
export type OpenShell = (signal: AbortSignal) => Promise<NodeShell>;

/** @param open called again whenever the shell broke */
export async function openNodeBy(open: OpenShell, container: string, name: string, signal: AbortSignal): Promise<Node> {
  const over = new AbortController();
  let shell = await open(signal);
  const opening = shared(async () => {
    shell = await open(over.signal);
    opening.forget();
    return shell;
  });
  const reopen = (stop: AbortSignal) => (shell.broken ? opening.get(stop) : Promise.resolve(shell));
  /**
   * A stream that broke since its last use is noticed only at the next use. A command runs twice only where it has no
   * input, or where none of it was sent, because another command's cancellation may have broken the shell before its
   * turn.
   */
  const run = async (command: string, stop: AbortSignal, input?: Payload): Promise<ShellResult> => {
    for (let tries = 1; ; tries++) {
      const now = await reopen(stop);
      try {
        return await now.run(command, stop, input);
      } catch (thrown) {
        const isAgain = thrown instanceof NeverBegan || (now.broken && input === undefined);
        if (!isAgain || stop.aborted || tries === mostTries) throw thrown instanceof NeverBegan ? thrown.lost : thrown;
      }
    }
  };
  const facts = await run(`(${setUp})`, signal);
  if (facts.code === 3) {
    await shell[Symbol.asyncDispose]();
    throw new Failure({ severity: "error", message: `the node ${container} has no ctr command` });
  }
  const root = facts.stdout.split("\n").find((line) => roots.includes(line)) ?? roots[0];
  const end = async () => {
    over.abort(new DOMException("the way into the node is closed", "AbortError"));
    await shell[Symbol.asyncDispose]();
  };
  return nodeOver(run, { signal: over.signal, end }, { name, container, blobs: `${root}/${blobFolder}` });
}

/** Number of tries of one command whose shell breaks each time. */
const mostTries = 3;

const blobFolder = "io.containerd.content.v1.content/blobs/sha256";
interface NodeFacts {
  readonly name: string;
  readonly container: string;
  /** Folder of the content store's blobs. */
  readonly blobs: string;
}

function nodeOver(
  run: (command: string, signal: AbortSignal, input?: Payload) => Promise<ShellResult>,
  /**
   * Work shared by all callers runs under the node's own signal, so that the cancellation of one caller does not end it
   * for others.
   */
  own: { readonly signal: AbortSignal; end(): Promise<void> },
  { name, container, blobs }: NodeFacts,
): Node {
  const ctr = "ctr -n k8s.io";
  const snapshots = new WeakMap<NodeContents, Shared<ReadonlySet<string>>>();
  let known: NodeContents | undefined;
  let asked: ReadonlySet<string> = new Set();
  let layers: Promise<NodeLayers> | undefined;

  const must = async (command: string, doing: string, signal: AbortSignal) => {
    const result = await run(command, signal);
    if (result.code === 0) return result.stdout;
    throw new Failure({
      severity: "error",
      message: `the node ${container} failed to ${doing}: ${lastLine(result.stderr) || `exit code ${result.code}`}`,
    });
  };

  const snapshotter = shared(async () => {
    const { stdout } = await run(`(${tellSnapshotter})`, own.signal);
    return stdout.trim() || "overlayfs";
  });
  const listSnapshots = async () => `${ctr} snapshots --snapshotter ${shellWord(await snapshotter.get(own.signal))} ls`;
  const importCommand = async (signal: AbortSignal) =>
    `${ctr} images import --snapshotter ${shellWord(await snapshotter.get(signal))} -`;

  /** One listing for all questions about the same contents. */
  const snapshotsBeside = (contents: NodeContents, signal: AbortSignal): Promise<ReadonlySet<string>> => {
    const list = async () => {
      const listing = await must(await listSnapshots(), "list its snapshots", own.signal);
      return new Set(listing.split(/\s+/));
    };
    const listed = snapshots.get(contents) ?? shared(list);
    snapshots.set(contents, listed);
    return listed.get(signal);
  };

  /** Blobs are named by digest, so a text that was read once stays valid while the blob exists. */
  const read = async (digest: string, signal: AbortSignal): Promise<string> => {
    // The digest may come from an image's own manifest and goes into a shell command, so only digests are accepted.
    const hex = /^sha256:([a-f0-9]{64})$/.exec(digest)?.[1];
    if (hex === undefined) return "";
    const { code, stdout } = await run(`cat ${shellWord(`${blobs}/${hex}`)}`, signal);
    return code === 0 ? stdout : "";
  };
  const manifestIn = async (digest: string, signal: AbortSignal) => readNodeManifest(await read(digest, signal));

  const isWhole = async (id: ImageId, target: string, contents: NodeContents, signal: AbortSignal) => {
    if (!contents.blobs.has(target)) return false;
    const first = await manifestIn(target, signal);
    const nested = (first.manifests ?? []).map((m) => m.digest).filter((digest) => contents.blobs.has(digest));
    const manifests =
      first.manifests === undefined ? [first] : await Promise.all(nested.map((d) => manifestIn(d, signal)));
    for (const manifest of manifests) {
      if (!isOf(id, manifest, [target, ...nested])) continue;
      if (isComplete(manifest, contents, new Set())) return true;
      const config = manifest.config && (await read(manifest.config.digest, signal));
      const top = chainId(readDiffIds(config ?? ""));
      if (isComplete(manifest, contents, await snapshotsBeside(contents, signal), top)) return true;
    }
    return false;
  };

  // In an empty folder the shell leaves the star in place; the error is ignored.
  const listBlobs = `cd ${shellWord(blobs)} && stat -c '%n %s' * 2>/dev/null`;
  const separator = "--next--";
  const listLayers = async (): Promise<NodeLayers> => {
    const list = `${listBlobs}; echo ${separator}; ${ctr} content ls; echo ${separator}; ${await listSnapshots()}`;
    const said = await must(`(${list})`, "list its layers", own.signal);
    const [listing = "", content = "", snapshots = ""] = said.split(separator);
    return { blobs: readLayers(content, readBlobs(listing)), snapshots: new Set(snapshots.split(/\s+/)) };
  };

  const remove = async (full: readonly string[], signal: AbortSignal) => {
    if (full.length === 0) return;
    await must(`${ctr} images rm ${full.map(shellWord).join(" ")} || true`, "remove image names", signal);
    layers = undefined;
    if (!known) return;
    const left = new Map(known.names);
    for (const gone of full) left.delete(gone);
    known = { ...known, names: left };
  };

  return {
    name,
    container,
    importCommand,
    known: (names) => (names.every((one) => asked.has(one)) ? known : undefined),
    layers(signal) {
      layers ??= listLayers().catch((thrown: unknown) => {
        layers = undefined;
        throw thrown;
      });
      return abortable(layers, signal);
    },
    relist() {
      layers = undefined;
      known = undefined;
      asked = new Set();
    },
    learn(id, wanted, { manifestDigest, blobs: brought, sent }) {
      if (known) {
        const names = new Map(known.names).set(fullName(wanted), manifestDigest).set(id, manifestDigest);
        known = { names, blobs: new Map([...known.blobs, ...brought]) };
      }
      const before = layers;
      if (before === undefined) return;
      layers = before.then((l) => {
        const added = [...sent].map(
          ([diffId, digest]) => [diffId, { digest, bytes: brought.get(digest) ?? 0 }] as const,
        );
        return { ...l, blobs: new Map([...l.blobs, ...added]) };
      });
    },
    async list(names, signal) {
      const filters = names.map((one) => shellWord(`name==${JSON.stringify(one)}`));
      const list = `${listBlobs}; echo ${separator}; ${filters.length > 0 ? `${ctr} images ls ${filters.join(" ")}` : ":"}`;
      const [listing = "", table = ""] = (await must(`(${list})`, "list its images", signal)).split(separator);
      const others = [...(known?.names ?? [])].filter(([one]) => !names.includes(one));
      known = { names: new Map([...others, ...readNames(table)]), blobs: readBlobs(listing) };
      asked = new Set([...asked, ...names]);
      return known;
    },
    async presence(id, wanted, contents, signal) {
      const target = contents.names.get(fullName(wanted));
      if (target !== undefined && (await isWhole(id, target, contents, signal))) return { state: "named" };
      const own = contents.names.get(id);
      if (own !== undefined && (await isWhole(id, own, contents, signal))) return { state: "unnamed", under: id };
      return { state: "absent" };
    },
    async tag(from, to, signal) {
      const result = await run(`${ctr} images tag --force ${shellWord(from)} ${shellWord(fullName(to))}`, signal);
      if (result.code !== 0) return false;
      const target = known?.names.get(from);
      if (known && target) known = { ...known, names: new Map(known.names).set(fullName(to), target) };
      return true;
    },
    forget: (names, signal) =>
      remove(
        names.map((name) => fullName(name)),
        signal,
      ),
    remove,
    async inventory(signal) {
      const list = `${ctr} images ls; echo ${separator}; ${ctr} containers ls`;
      const [images = "", containers = ""] = (await must(`(${list})`, "list what it has", signal)).split(separator);
      return readInventory(images, containers.trimStart());
    },
    async importArchive(archive, signal) {
      const result = await run(await importCommand(signal), signal, archive);
      return result;
    },
    [Symbol.asyncDispose]: () => own.end(),
  };
}

export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
