/**
 * Devloop's own images in the engine and on the nodes of a local cluster, what uses them, and their collection. An
 * image counts as used where that cannot be checked: where the cluster does not tell which images it needs, none is
 * removed from its nodes; while another process works on a project, no image of that project is removed.
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { Failure } from "../../diag/failure.ts";
import { type Engine, engineIdentity } from "../../image/engine/engine.ts";
import { type Node, openNode } from "../../image/node/node.ts";
import { type Bounds, type Choice, choose, type ListedImage } from "../../image/own/choose.ts";
import { ownInEngine, removeFromEngine } from "../../image/own/in-engine.ts";
import { ownOnNodes, removeFromNodes } from "../../image/own/on-nodes.ts";
import type { Target } from "../../image/target.ts";
import type { OwnImage } from "../../store/records/images.ts";
import type { Store } from "../../store/store.ts";
import { reachableImages } from "./reachable-images.ts";

export interface StockMeans {
  readonly engine: Engine;
  readonly store: Pick<Store, "documents" | "images" | "activeProjects">;
  /** Clusters whose nodes are listed, and their destinations of images. */
  readonly places: readonly StockPlaceMeans[];
}

export interface StockPlaceMeans {
  delivers(): Promise<Target>;
  cluster(): Promise<Cluster>;
}

/** One place and devloop's images in it. */
export interface StockPlace extends AsyncDisposable {
  readonly kind: "engine" | "nodes";
  /** The place's id in the image book. */
  readonly id: string;
  /** A name for people. */
  readonly label: string;
  readonly images: readonly ListedImage[];
  /** Names in the book that no longer exist here, or belong to another image. */
  readonly gone: readonly { readonly id: string; readonly names: readonly string[] }[];
  /** Why no image may be removed from this place. */
  readonly closed?: string;
  /** @returns why the image stays */
  remove(image: ListedImage, signal: AbortSignal): Promise<string | undefined>;
}

/** A place that cannot be listed, and the reason. */
export interface UnknownPlace {
  readonly kind: "engine" | "nodes";
  readonly label: string;
  readonly why: string;
}

export interface Stock extends AsyncDisposable {
  readonly places: readonly StockPlace[];
  readonly unknown: readonly UnknownPlace[];
}

/**
 * Lists every place.
 * @throws the signal's reason
 */
export async function takeStock(means: StockMeans, signal: AbortSignal): Promise<Stock> {
  await using stack = new AsyncDisposableStack();
  const book = await means.store.images.list();
  const active = await means.store.activeProjects();
  const unknown: UnknownPlace[] = [];
  const places: StockPlace[] = [];
  const clusters = await Promise.all(means.places.map((place) => clusterOf(place, means, signal)));
  const attempt = async (kind: UnknownPlace["kind"], label: string, look: () => Promise<StockPlace>) => {
    try {
      places.push(stack.use(await look()));
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Failure)) throw thrown;
      unknown.push({ kind, label, why: thrown.message });
    }
  };
  await attempt("engine", "the Docker engine", () => engineStock(means.engine, book, clusters, signal));
  for (const { target, needs } of clusters)
    if (target?.kind === "nodes")
      await attempt("nodes", target.label, () => nodesStock(means.engine, target, needs, book, signal));
  const owned = stack.move();
  return {
    places: places.map((place) => ({
      ...place,
      images: place.images.map((image) => inSession(image, active)),
      // Names of a project that another process works on stay, because that process notes a name before it gives the
      // name.
      gone: place.gone.filter(({ id }) => !book.some((own) => own.id === id && isInUse(own, active))),
    })),
    unknown,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export interface Collected {
  readonly place: StockPlace;
  readonly choices: readonly Choice[];
  /** Removed bytes, or bytes to remove, as far as the place tells. */
  readonly bytes: number;
}

/**
 * @param dryRun nothing is removed, and the plan is returned
 * @throws the signal's reason
 */
export async function collectImages(
  stock: Stock,
  store: StockMeans["store"],
  bounds: Bounds,
  { now, dryRun }: { readonly now: number; readonly dryRun: boolean },
  signal: AbortSignal,
): Promise<readonly Collected[]> {
  const collected: Collected[] = [];
  for (const place of stock.places) {
    const chosen = choose(place.images, bounds, now);
    const choices: Choice[] = [];
    for (const choice of chosen) {
      const why = !choice.goes
        ? choice.why
        : (place.closed ?? (dryRun ? undefined : await remove(place, choice, store, signal)));
      choices.push(choice.goes && why === undefined ? choice : { ...choice, goes: false, why: why ?? choice.why });
    }
    if (!dryRun) for (const { id, names } of place.gone) await store.images.dropped(id, place.id, names);
    const bytes = choices.reduce((sum, { goes, image }) => sum + (goes ? image.bytes : 0), 0);
    collected.push({ place, choices, bytes });
  }
  return collected;
}

async function remove(place: StockPlace, { image }: Choice, store: StockMeans["store"], signal: AbortSignal) {
  signal.throwIfAborted();
  const why = await place.remove(image, signal);
  if (why === undefined) await store.images.dropped(image.id, place.id);
  return why;
}

/** The images that a cluster needs, by full name; a text with the reason where it does not tell. */
type Needs = ReadonlySet<string> | string;

async function clusterOf(
  place: StockPlaceMeans,
  { store }: StockMeans,
  signal: AbortSignal,
): Promise<{ readonly target: Target | undefined; readonly needs: Needs }> {
  const orWhy = async <T>(work: () => Promise<T>): Promise<T | string> => {
    try {
      return await work();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Failure)) throw thrown;
      return thrown.message;
    }
  };
  const target = await orWhy(() => place.delivers());
  const needs = await orWhy(async () => reachableImages(await place.cluster(), store.documents, signal));
  return { target: typeof target === "string" ? undefined : target, needs };
}

async function engineStock(
  engine: Engine,
  book: readonly OwnImage[],
  clusters: readonly { readonly target: Target | undefined; readonly needs: Needs }[],
  signal: AbortSignal,
): Promise<StockPlace> {
  const id = await engineIdentity(engine, signal);
  const listed = await ownInEngine(engine, id, book, signal);
  // A cluster that runs on the engine starts its pods from there.
  const sharing = clusters.filter(({ target }) => target?.kind === "shared-engine").map(({ needs }) => needs);
  const closed = sharing.find((needs) => typeof needs === "string");
  return {
    kind: "engine",
    id,
    label: "the Docker engine",
    images: listed.map((image) => sharing.reduce(neededBy, image)),
    gone: goneNames(book, id, listed),
    ...(typeof closed === "string" ? { closed: `the cluster does not tell what it needs: ${closed}` } : {}),
    remove: (image, during) => removeFromEngine(engine, image, during),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function nodesStock(
  engine: Engine,
  target: Extract<Target, { kind: "nodes" }>,
  needs: Needs,
  book: readonly OwnImage[],
  signal: AbortSignal,
): Promise<StockPlace> {
  await using stack = new AsyncDisposableStack();
  const nodes: Node[] = [];
  for (const { container, name } of target.nodes)
    nodes.push(stack.use(await openNode(engine, container, name, signal)));
  const stock = await ownOnNodes(nodes, target.id, book, signal);
  const owned = stack.move();
  return {
    kind: "nodes",
    id: target.id,
    label: target.label,
    images: stock.images.map((image) => neededBy(image, needs)),
    gone: goneNames(book, target.id, stock.images),
    ...(typeof needs === "string" ? { closed: `the cluster does not tell what it needs: ${needs}` } : {}),
    remove: (image, during) => removeFromNodes(stock, image, during),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function neededBy(image: ListedImage, needs: Needs): ListedImage {
  if (image.usedBy !== undefined || typeof needs === "string") return image;
  return image.names.some((name) => needs.has(name)) ? { ...image, usedBy: "an object in the cluster" } : image;
}

/** @param active undefined: a process has not named its project */
function inSession(image: ListedImage, active: ReadonlySet<string> | undefined): ListedImage {
  return image.usedBy === undefined && isInUse(image, active) ? { ...image, usedBy: "a running devloop" } : image;
}

function isInUse({ made }: Pick<OwnImage, "made">, active: ReadonlySet<string> | undefined): boolean {
  return active === undefined || made.some(({ project }) => active.has(project));
}

function goneNames(book: readonly OwnImage[], place: string, listed: readonly ListedImage[]): StockPlace["gone"] {
  return book.flatMap(({ id, names }) => {
    const here = listed.find((image) => image.id === id);
    const gone = (names[place] ?? []).filter((name) => !here?.names.includes(name));
    // An image without any name exists by its id.
    return gone.length > 0 && here?.names.length !== 0 ? [{ id, names: gone }] : [];
  });
}
