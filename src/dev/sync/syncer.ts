/**
 * Keeps the containers of every synced artifact equal to the workspace. A save, a container that starts, and the begin
 * of a session all lead to the same steps: find what a container lacks, record it, send it, mark it as sent.
 * What cannot be synced is reported in one line and left to a build; a container that has other files than its image
 * although nothing is to be built is replaced, or tried again (`behind.ts`).
 */
import type { Cluster } from "../../cluster/cluster.ts";
import { diagnosticsOf, isCancelled } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { fullName } from "../../image/reference.ts";
import { type Shared, shared } from "../../std/async/shared.ts";
import type { Clock } from "../../std/clock.ts";
import type { Documents } from "../../store/documents.ts";
import type { SyncFile } from "../loop/classify.ts";
import { Behind } from "./behind.ts";
import { type ContainerChannel, containerChannel, type Sent } from "./container-channel.ts";
import { Containers, type RunningContainer } from "./containers.ts";
import { OverlayBook } from "./overlay-book.ts";
import { sendSteadily } from "./steady-send.ts";
import { syncArchive } from "./sync-archive.ts";
import { type DeployedImage, WantedOverlay } from "./wanted-overlay.ts";

/** The user's commands around a sync. Batches of one artifact run them one after the other. */
export interface SyncHooks {
  /** Whether the artifact has such commands. */
  has(image: string): boolean;
  before(batch: SyncedBatch, signal: AbortSignal): Promise<void>;
  after(batch: SyncedBatch, signal: AbortSignal): Promise<void>;
}

export interface SyncedBatch {
  readonly image: string;
  /** Relative to the context. */
  readonly files: readonly string[];
  readonly deleted: readonly string[];
  readonly containers: readonly RunningContainer[];
}

export interface SyncerOptions {
  readonly cluster: Cluster;
  readonly documents: Documents;
  /** The present name of the artifact's overlay document: `overlay/<project>/<cluster>/<artifact>`. */
  overlayName(image: string): string;
  /** Absolute build context; undefined for an artifact without sync. */
  context(image: string): string | undefined;
  readonly hooks?: SyncHooks | undefined;
  /** Called where a container that started later could not be brought up to date: the artifact must be built. */
  readonly trouble: (image: string) => void;
  /** The connection to a container. Default: an exec into its pod. */
  readonly channel?: ((container: RunningContainer) => ContainerChannel) | undefined;
  readonly clock: Clock;
  readonly emit: (event: Event) => void;
}

/** Pauses after a broken connection: usually the container is ending, and the watch reports its successor. */
const pausesMs = [100, 500, 1500];
/** How often a file is sent again whose content differed from the wanted one. */
const mostOthers = 2;

export class Syncer implements AsyncDisposable {
  readonly #options: SyncerOptions;
  readonly #wanted = new Map<string, WantedOverlay>();
  readonly #books = new Map<string, Shared<OverlayBook>>();
  readonly #channels = new Map<string, ContainerChannel>();
  readonly #turns = new Map<string, Promise<unknown>>();
  /** The newest sync of each artifact with hooks. */
  readonly #hooked = new Map<string, Promise<unknown>>();
  readonly #told = new Set<string>();
  /** The newest start of each container of a pod, and of each start the one before it, until that was taken over. */
  readonly #starts = new Map<string, string>();
  readonly #formers = new Map<string, string>();
  readonly #ended = new AbortController();
  readonly #containers: Containers;
  readonly #behind: Behind;

  constructor(options: SyncerOptions) {
    this.#options = options;
    this.#behind = new Behind({ ...options, signal: this.#ended.signal });
    this.#containers = new Containers(options.cluster, (container) => void this.#started(container));
  }

  /** Whether a container runs the artifact's image, or will soon. */
  runs(image: string): boolean {
    return this.#running(image).length > 0 || this.#containers.coming(this.wantedOverlay(image).image?.reference ?? "");
  }

  /** Gives the overlays the present names of the project. */
  async rename(): Promise<void> {
    for (const [image, book] of this.#books) await (await book.get()).rename(this.#options.overlayName(image));
  }

  wantedOverlay(image: string): WantedOverlay {
    const wanted = this.#wanted.get(image) ?? new WantedOverlay();
    this.#wanted.set(image, wanted);
    return wanted;
  }

  /**
   * A pass has brought these images to the cluster. Resolves when every running container of theirs is up to date.
   * @param namespaces with the project's pods; undefined: not known, so the known ones stay
   */
  async deployed(
    images: ReadonlyMap<string, DeployedImage>,
    namespaces: readonly string[] | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    for (const [image, deployed] of images) this.wantedOverlay(image).built(deployed);
    if (![...this.#wanted.keys()].some((image) => this.#options.context(image) !== undefined)) return;
    if (namespaces !== undefined) await this.#watch(namespaces, signal);
    const work = [...images.keys()].flatMap((image) =>
      this.#running(image).map((container) => this.#catchUp(image, container, signal)),
    );
    await Promise.all(work);
  }

  async #watch(namespaces: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      await this.#containers.watch(namespaces, signal);
    } catch (thrown) {
      if (isCancelled(thrown, signal)) throw thrown;
      // Without its pods nothing is synced, but builds still work. Which containers are gone is not known.
      const [why] = diagnosticsOf(thrown);
      this.#options.emit({ type: "notice", level: "warning", text: `nothing can be synced: ${why?.message}` });
      return;
    }
    this.#forgetGone();
  }

  /**
   * Brings the containers up to date. A container that takes longer delays only later sends to itself; with hooks, also
   * the next batch of its artifact.
   * @returns false where the artifact must be built instead; the reason was reported
   */
  sync(image: string, files: readonly SyncFile[], signal: AbortSignal): Promise<boolean> {
    this.wantedOverlay(image).want(files);
    if (!this.#options.hooks?.has(image)) return this.#sync(image, files, signal);
    const before = this.#hooked.get(image) ?? Promise.resolve();
    const turn = before.then(
      () => this.#sync(image, files, signal),
      () => this.#sync(image, files, signal),
    );
    this.#hooked.set(image, turn);
    return turn;
  }

  async #sync(image: string, files: readonly SyncFile[], signal: AbortSignal): Promise<boolean> {
    const { emit, clock, hooks } = this.#options;
    const started = clock.now();
    const containers = this.#running(image);
    if (!this.runs(image)) {
      this.#tell(image, "no container runs it");
      return false;
    }
    const deleted = files.filter(({ kind }) => kind === "gone").map(({ path }) => path);
    const written = files.filter(({ kind }) => kind !== "gone").map(({ path }) => path);
    const batch = { image, files: written, deleted, containers };
    try {
      await hooks?.before(batch, signal);
      const results = await Promise.all(containers.map((container) => this.#update(image, container, signal)));
      // A container that ended meanwhile lacks nothing: its successor is brought up to date when it starts.
      const living = new Set(this.#running(image).map(({ id }) => id));
      const bad = results.find(({ kind }, i) => kind !== "done" && living.has(containers[i]?.id ?? ""));
      if (bad !== undefined && bad.kind !== "done") {
        this.#tell(image, bad.why, bad.kind === "lacking");
        return false;
      }
      await hooks?.after(batch, signal);
    } catch (thrown) {
      if (isCancelled(thrown, signal)) throw thrown;
      for (const diagnostic of diagnosticsOf(thrown)) emit({ type: "diagnostic", diagnostic });
      return false;
    }
    const seconds = (clock.now() - started) / 1000;
    emit({ type: "sync", artifact: image, files: written, deleted, containers: containers.length, seconds });
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new DOMException("the session ends", "AbortError"));
    this.#containers[Symbol.dispose]();
    await Promise.allSettled(this.#turns.values());
    await Promise.allSettled([...this.#channels.values()].map((channel) => channel[Symbol.asyncDispose]()));
    for (const book of this.#books.values()) await (await book.get()).flush();
  }

  #running(image: string): readonly RunningContainer[] {
    const reference = this.wantedOverlay(image).image?.reference;
    return reference === undefined ? [] : this.#containers.running(reference);
  }

  #isNewest(image: string, { reference }: RunningContainer): boolean {
    const newest = this.wantedOverlay(image).image?.reference;
    return newest !== undefined && fullName(newest) === fullName(reference);
  }

  /**
   * A container started: opens its connection and brings it up to date. During a roll-out this waits for the end of the
   * roll-out.
   */
  async #started(container: RunningContainer): Promise<void> {
    const name = `${container.pod.uid} ${container.target.container}`;
    const former = this.#starts.get(name);
    this.#starts.set(name, container.id);
    if (former !== undefined) this.#formers.set(container.id, former);
    for (const image of this.#wanted.keys()) {
      if (!this.#isNewest(image, container)) continue;
      if (this.#options.context(image) === undefined) continue;
      await this.#catchUp(image, container, this.#ended.signal).catch(() => undefined);
    }
  }

  async #catchUp(image: string, container: RunningContainer, signal: AbortSignal): Promise<void> {
    if (this.#options.context(image) === undefined) return;
    this.#channel(container).warm();
    const sent = await this.#broughtUp(image, container, signal);
    if (sent.kind === "done") return;
    this.#tell(image, sent.why, sent.kind === "lacking");
    if (this.wantedOverlay(image).wants) return this.#options.trouble(image);
    this.#behind.follow(container, (during) => this.#caughtUpLater(image, container, during));
  }

  /** @returns whether nothing is left to be done for the container */
  async #caughtUpLater(image: string, container: RunningContainer, signal: AbortSignal): Promise<boolean> {
    const sent = await this.#broughtUp(image, container, signal);
    if (sent.kind === "done") return true;
    const { wants } = this.wantedOverlay(image);
    if (wants) this.#options.trouble(image);
    return wants;
  }

  /** Unreadable files, too, are a reason why a container is not up to date. */
  async #broughtUp(image: string, container: RunningContainer, signal: AbortSignal): Promise<Sent> {
    try {
      return await this.#update(image, container, signal);
    } catch (thrown) {
      if (isCancelled(thrown, signal)) throw thrown;
      const [why] = diagnosticsOf(thrown);
      return { kind: "failed", why: why?.message ?? "" };
    }
  }

  /** Brings one container up to date, after all earlier sends to it. */
  #update(image: string, container: RunningContainer, signal: AbortSignal): Promise<Sent> {
    const former = this.#formers.get(container.id) ?? "";
    const before = this.#turns.get(container.id) ?? this.#turns.get(former) ?? Promise.resolve();
    const turn = before.then(
      () => this.#updateNow(image, container, signal),
      () => this.#updateNow(image, container, signal),
    );
    this.#turns.set(container.id, turn);
    return turn;
  }

  async #updateNow(image: string, container: RunningContainer, signal: AbortSignal): Promise<Sent> {
    const { clock } = this.#options;
    const book = await this.#book(image);
    // What was sent since the former start ended, and before its pod said so, arrived in this one.
    const former = this.#formers.get(container.id);
    if (former !== undefined) book.doubt(container.id, former);
    this.#formers.delete(container.id);
    let others = 0;
    let cuts = 0;
    for (;;) {
      // The known state of a container belongs to this start of it and the image that it runs: by now there may be a
      // newer image, or the connection may lead to its next start.
      if (!this.#running(image).some(({ id }) => id === container.id)) return { kind: "done" };
      const lack = this.wantedOverlay(image).lack(book.of(container.id), this.#options.context(image) ?? "/");
      if (lack.transfers.length === 0) {
        if (lack.dropped.length > 0) book.settle(container.id, {}, lack.dropped);
        return { kind: "done" };
      }
      const [archive] = await Promise.all([
        syncArchive(lack.transfers, clock.now() / 1000),
        book.begin(container.id, lack.entries),
      ]);
      const sent = await sendSteadily(
        this.#channel(container),
        archive,
        clock,
        AbortSignal.any([signal, this.#ended.signal]),
      );
      if (sent.kind === "done") {
        const { entries, dropped, differs } = this.wantedOverlay(image).settled(lack, archive.sent());
        book.settle(container.id, entries, dropped);
        if (!differs || others++ === mostOthers) return sent;
        continue;
      }
      const pause = pausesMs[cuts++];
      if (sent.kind !== "cut" || pause === undefined) return sent;
      await clock.sleep(pause, AbortSignal.any([signal, this.#ended.signal]));
    }
  }

  #channel(container: RunningContainer): ContainerChannel {
    const open = this.#channels.get(container.id);
    if (open !== undefined) return open;
    const channel = this.#options.channel?.(container) ?? containerChannel(this.#options.cluster, container.target);
    this.#channels.set(container.id, channel);
    return channel;
  }

  #book(image: string): Promise<OverlayBook> {
    const open = () => OverlayBook.open(this.#options.documents, this.#options.overlayName(image));
    const book = this.#books.get(image) ?? shared(open);
    this.#books.set(image, book);
    return book.get();
  }

  /** Removes the connections and overlays of containers that do not run any more. */
  #forgetGone(): void {
    const living = new Set([...this.#containers.all().map(({ id }) => id), ...this.#formers.values()]);
    for (const [id, channel] of this.#channels) {
      if (living.has(id)) continue;
      this.#channels.delete(id);
      this.#turns.delete(id);
      void channel[Symbol.asyncDispose]();
    }
    for (const book of this.#books.values())
      book.get().then(
        (open) => open.keep(living),
        () => undefined,
      );
  }

  #tell(image: string, why: string, once = false): void {
    const text = `${image} is built instead of synced: ${why}`;
    if (once && this.#told.has(text)) return;
    this.#told.add(text);
    this.#options.emit({ type: "notice", level: "warning", text });
  }
}
