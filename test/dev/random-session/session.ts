/**
 * One random session: steps that are drawn from a seed, and what has to hold at every calm. After a calm the containers
 * hold the workspace's files, whatever was saved, reverted, broken, restarted, pruned or cut off before it.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { devSession } from "../../../src/dev/loop/session.ts";
import type { SyncHooks } from "../../../src/dev/sync/syncer.ts";
import type { Event } from "../../../src/event/event.ts";
import { createExecutor } from "../../../src/graph/run/run.ts";
import type { Json } from "../../../src/std/data/json.ts";
import type { Documents } from "../../../src/store/documents.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { type Seeded, seeded } from "../../build/docker/seeded.ts";
import { memoryDurations, slowRecords } from "../../rig/graph-session.ts";
import { MemoryWatcher } from "../../rig/memory-watcher.ts";
import type { ModelContainer } from "../../rig/model-pods.ts";
import type { VirtualClock } from "../../rig/virtual-clock.ts";
import { Cluster } from "./cluster.ts";
import { config, type Faults, manifestOf, openProject, Ran, revisionOf } from "./project.ts";
import { artifacts, Workspace } from "./workspace.ts";

export interface Played {
  readonly seed: number;
  readonly steps: number;
  readonly calms: number;
  /** Undefined where all held. */
  readonly problem?: string;
  /** What was done last, newest at the end. */
  readonly last: readonly string[];
  /** Of everything that was said: two runs of one seed have the same. */
  readonly trace: string;
}

/** How long a save may wait for its look, whatever else is going on. */
const lookedAtMs = 5_000;
const calmMs = 120_000;
/** Where nothing was said for so long nothing is under way: the slowest work is shorter. */
const restMs = 4_000;
const pageNames = ["a.html", "b.html", "sub/c.html", "sub/d.html"];

export class RandomSession {
  readonly #clock: VirtualClock;
  readonly #random: Seeded;
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), "devloop-random-")));
  readonly #workspace: Workspace;
  readonly #cluster: Cluster;
  readonly #records;
  readonly #documents = new Map<string, Json>();
  readonly #ran = new Ran();
  readonly #trace = new Bun.CryptoHasher("sha256");
  readonly #log: string[] = [];
  /** Paths that were told, and since when nobody has looked at them. */
  readonly #untaken = new Map<string, number>();
  readonly #pops: (() => void)[] = [];
  readonly #hooks: SyncHooks;
  readonly #faults: Faults = { look: false };
  #slowHooks = false;
  #builds = 0;
  #reloads = 0;
  #lastEnd = "done";
  #lastEventAt = 0;
  #contents = 0;
  #calms = 0;
  #live: { watcher: MemoryWatcher; isOpen(): boolean; end(): Promise<void> } | undefined;

  constructor(seed: number, clock: VirtualClock) {
    this.#clock = clock;
    this.#random = seeded(seed);
    mkdirSync(join(this.#folder, "work"));
    this.#workspace = new Workspace(
      join(this.#folder, "work"),
      () => clock.now(),
      (path) => this.#changed(path),
    );
    this.#cluster = new Cluster(clock, this.#random);
    this.#records = slowRecords();
    const slow = async () => {
      if (this.#slowHooks) await clock.sleep(this.#random.int(4_000));
    };
    let back: (() => void) | undefined;
    this.#hooks = {
      has: (image) => image === "api",
      before: async ({ image, files }) => {
        await slow();
        if (files.length > 0 && this.#random.chance(0.2)) back = this.#flicker(`${image}/${this.#random.pick(files)}`);
      },
      // What is sent was read between the two.
      after: async () => {
        back?.();
        back = undefined;
        await slow();
      },
    };
  }

  async play(seed: number, steps: number): Promise<Played> {
    let problem: string | undefined;
    let step = 0;
    try {
      this.#begin();
      await this.#open();
      await this.#calm();
      for (; step < steps; step++) {
        await this.#step();
        this.#check();
      }
      await this.#calm();
    } catch (thrown) {
      problem = thrown instanceof Error ? thrown.message : String(thrown);
    } finally {
      await this.#live?.end();
      rmSync(this.#folder, { recursive: true, force: true });
    }
    return {
      seed,
      steps: step,
      calms: this.#calms,
      ...(problem === undefined ? {} : { problem }),
      last: this.#log.slice(-60),
      trace: this.#trace.digest("hex"),
    };
  }

  #begin(): void {
    const { save, commit } = {
      save: this.#workspace.save.bind(this.#workspace),
      commit: this.#workspace.commit.bind(this.#workspace),
    };
    for (const image of artifacts) {
      save(`${image}/code/main.go`, "1");
      save(manifestOf(image), "first 1");
      for (const name of pageNames.slice(0, 3)) save(`${image}/site/${name}`, "1");
    }
    save(config, "first");
    commit();
  }

  /** A session over what is on the disk, and in the cluster, now. */
  async #open(): Promise<void> {
    this.#untaken.clear();
    const clock = this.#clock;
    const watcher = new MemoryWatcher();
    const end = new AbortController();
    const emit = (event: Event) => this.#heard(event);
    const store: Store = await openStore({
      cacheDir: join(this.#folder, "cache"),
      stateDir: join(this.#folder, "state"),
      clock,
    });
    const executor = createExecutor({ records: this.#records.records, durations: memoryDurations(), clock, emit });
    const means = {
      workspace: this.#workspace,
      cluster: this.#cluster,
      store,
      executor,
      clock,
      random: this.#random,
      ran: this.#ran,
      hooks: this.#hooks,
      faults: this.#faults,
      reloads: () => {
        this.#reloads++;
      },
      ended: (end: string) => {
        this.#lastEnd = end;
      },
      emit,
    };
    let isOpen = false;
    const running = devSession(
      {
        project: await this.#opened(openProject(means, end.signal)),
        documents: this.#store(),
        openWatcher: (targets, listener) => {
          // What was saved before it is read by the first pass.
          this.#untaken.clear();
          isOpen = true;
          return watcher.open(targets, listener);
        },
        streams: [],
        channel: this.#cluster.channel,
        staysOnFailure: true,
        clock,
        emit,
      },
      end.signal,
    );
    let over = false;
    const ended = running.then(
      () => undefined,
      (thrown: unknown) => this.#ran.problems.push(`the session ended: ${thrown}`),
    );
    void ended.then(() => {
      over = true;
    });
    this.#live = {
      watcher,
      isOpen: () => isOpen,
      end: async () => {
        end.abort();
        await this.#passing(ended, () => over);
        await this.#passing(executor.stop());
        await this.#passing(Promise.resolve(store[Symbol.asyncDispose]()));
        this.#untaken.clear();
      },
    };
  }

  /** Waits while time passes. */
  async #passing(work: Promise<unknown>, isOver?: () => boolean): Promise<void> {
    let over = false;
    void work.then(
      () => {
        over = true;
      },
      () => {
        over = true;
      },
    );
    for (let i = 0; !(isOver?.() ?? over); i++) {
      if (i > 5_000) throw new Error("the session does not end");
      await this.#tick(20);
    }
  }

  async #opened<T>(work: Promise<T>): Promise<T> {
    await this.#passing(work);
    return work;
  }

  /** Overlays as a disk keeps them. */
  #store(): Documents {
    const documents = this.#documents;
    return {
      read: async (name) => structuredClone(documents.get(name)),
      write: async (name, value) => void documents.set(name, structuredClone(value)),
      remove: async (name) => void documents.delete(name),
      edit: () => Promise.reject(new Error("overlays are written, not edited")),
      list: async () => [...documents.keys()],
    };
  }

  #changed(path: string): void {
    if (!this.#live?.isOpen()) return;
    if (!this.#untaken.has(path)) this.#untaken.set(path, this.#clock.now());
    this.#live.watcher.changed(path);
  }

  #heard(event: Event): void {
    const { type } = event;
    this.#lastEventAt = this.#clock.now();
    if (type === "build-started") this.#builds++;
    if (type === "change") this.#untaken.delete(event.path);
    // Where events were lost a pass answers for all paths, and no look tells of each.
    if (type === "pass-started")
      for (const path of event.saves.flatMap(({ paths }) => paths)) this.#untaken.delete(path);
    const text = JSON.stringify(event, (key, value) => (key === "seconds" ? undefined : value));
    const said = text.replaceAll(this.#folder, "");
    this.#trace.update(said);
    if (type !== "task-started" && type !== "task-ended" && type !== "task-planned") this.#note(said.slice(0, 300));
  }

  #note(text: string): void {
    this.#log.push(`${((this.#clock.now() % 1e8) / 1000).toFixed(3)} ${text}`);
  }

  /** Time passes, and what was done reaches the disk. */
  async #tick(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    if (this.#random.chance(0.7)) for (const write of this.#records.waiting.splice(0)) write();
    await this.#clock.settle();
  }

  #check(): void {
    const [problem] = this.#ran.problems;
    if (problem !== undefined) throw new Error(problem);
    const now = this.#clock.now();
    for (const [path, since] of this.#untaken)
      if (now - since > lookedAtMs) throw new Error(`nobody looked at ${path} for ${(now - since) / 1000} s`);
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const [name, act] = this.#draw();
    this.#note(`-- ${name}`);
    this.#trace.update(name);
    await act();
    const wait = random.int(10);
    await this.#tick(wait < 5 ? random.int(30) : wait < 8 ? random.int(400) : random.int(3_000));
  }

  #draw(): readonly [name: string, act: () => void | Promise<void>] {
    const random = this.#random;
    const workspace = this.#workspace;
    const cluster = this.#cluster;
    const image = random.pick(artifacts);
    const page = `${image}/site/${random.pick(pageNames)}`;
    const code = `${image}/code/main.go`;
    const manifest = manifestOf(image);
    // Few contents, so that one that was there before comes back often.
    const content = () => (random.chance(0.7) ? String(random.int(3)) : `new ${++this.#contents}`);
    const pods = cluster.pods.all;
    const steps: readonly (readonly [weight: number, name: string, act: () => void | Promise<void>])[] = [
      [30, `save ${page}`, () => workspace.save(page, content())],
      [5, `remove ${page}`, () => workspace.remove(page)],
      [6, `rename a page of ${image}`, () => this.#rename(image)],
      [2, `rename the pages' folder of ${image}`, () => this.#renameFolder(image)],
      [5, `save ${code}`, () => workspace.save(code, content())],
      [2, `break the code of ${image}`, () => workspace.save(`${image}/code/broken`, "")],
      [3, `mend the code of ${image}`, () => workspace.remove(`${image}/code/broken`)],
      [5, "checkout", () => workspace.checkout()],
      [2, "commit", () => workspace.commit()],
      [2, "stash", () => void this.#pops.push(workspace.stash())],
      [3, "stash pop", () => this.#pops.pop()?.()],
      [4, `edit ${manifest}`, () => workspace.save(manifest, `revision${random.int(3)} ${1 + random.int(2)}`)],
      [2, `a typo in ${manifest}`, () => workspace.save(manifest, "typo")],
      [2, "edit the configuration", () => workspace.save(config, `edit ${random.int(3)}`)],
      [2, "break the configuration", () => workspace.save(config, "broken")],
      [2, "the API server goes away", () => this.#turnServer(true)],
      [4, "the API server is back", () => this.#turnServer(false)],
      [2, "the connection fails", () => cluster.breakConnection()],
      [2, "a file cannot be read once", () => this.#failLook(page, content())],
      [2, `format ${code}`, () => this.#format(code)],
      [3, "a container restarts", () => this.#with(pods, (pod) => cluster.restart(pod))],
      [2, "a pod is evicted", () => this.#with(pods, (pod) => cluster.evict(pod))],
      [
        2,
        "a stream is cut",
        () => this.#with(pods, ({ container }) => void container.faults.push({ kind: "cut", why: "cut" })),
      ],
      [1, "a container hangs", () => this.#with(pods, ({ container }) => this.#hang(container))],
      [2, "nobody may list pods", () => void cluster.pods.forbidden.add("default")],
      [2, "pods may be listed", () => this.#listAgain()],
      [1, "half a minute passes", () => this.#tick(30_000)],
      [1, "prune the engine", () => cluster.engine.clear()],
      [1, "prune the nodes", () => this.#pruneNodes()],
      [1, "hooks are slow, or not", () => this.#turnHooks()],
      [1, "events are lost", () => this.#lose()],
      [1, "another session", () => this.#nextSession()],
      [4, "calm", () => this.#calm()],
    ];
    let left = random.int(steps.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, name, act] of steps) {
      left -= weight;
      if (left < 0) return [name, act];
    }
    throw new Error("nothing is drawn");
  }

  #with<T>(all: readonly T[], act: (one: T) => void): void {
    if (all.length > 0) act(this.#random.pick(all));
  }

  #rename(image: string): void {
    const pages = this.#workspace.files(image).filter((name) => name.startsWith("site/"));
    this.#with(pages, (name) =>
      this.#workspace.rename(
        `${image}/${name}`,
        `${this.#random.pick(artifacts)}/site/${this.#random.pick(pageNames)}`,
      ),
    );
  }

  /** Saves other content, and gives what saves the former again. */
  #flicker(name: string): (() => void) | undefined {
    if (!this.#workspace.isFile(name)) return undefined;
    const text = this.#workspace.text(name);
    this.#workspace.save(name, `${text} for a moment`);
    return () => this.#workspace.save(name, text);
  }

  #renameFolder(image: string): void {
    const [from, to] = this.#random.chance(0.5) ? ["sub", "other"] : ["other", "sub"];
    if (this.#workspace.has(`${image}/site/${from}`) && !this.#workspace.has(`${image}/site/${to}`))
      this.#workspace.rename(`${image}/site/${from}`, `${image}/site/${to}`);
  }

  #turnServer(away: boolean): void {
    this.#cluster.pods.away = away;
  }

  /** Who may list pods again finds that out in a pass. */
  #listAgain(): void {
    if (!this.#cluster.pods.forbidden.delete("default")) return;
    this.#workspace.save(manifestOf("web"), `listed${++this.#contents} 1`);
  }

  /** The configuration changes in the same moment. */
  #failLook(page: string, text: string): void {
    this.#faults.look = true;
    this.#workspace.save(page, text);
    this.#workspace.save(config, `edit ${this.#random.int(3)}`);
  }

  /** A program writes other content, and soon the same again. */
  async #format(name: string): Promise<void> {
    const back = this.#flicker(name);
    await this.#tick(this.#random.int(300));
    back?.();
  }

  #hang(container: ModelContainer): void {
    container.hung = true;
  }

  #turnHooks(): void {
    this.#slowHooks = !this.#slowHooks;
  }

  /** Images that run stay. */
  #pruneNodes(): void {
    const { nodes, pods } = this.#cluster;
    const used = new Set(pods.all.map(({ reference }) => reference.split(":")[1]));
    for (const id of nodes) if (!used.has(id.slice(7, 19))) nodes.delete(id);
  }

  #lose(): void {
    if (!this.#live?.isOpen()) return;
    this.#live.watcher.lost("the queue overflowed");
    this.#untaken.clear();
  }

  async #nextSession(): Promise<void> {
    if (this.#cluster.pods.away || this.#isRefused()) return;
    await this.#live?.end();
    await this.#open();
  }

  async #calm(): Promise<void> {
    const workspace = this.#workspace;
    const cluster = this.#cluster;
    cluster.pods.away = false;
    this.#faults.look = false;
    this.#listAgain();
    for (const { container } of cluster.pods.all) container.hung = false;
    for (const image of artifacts) if (workspace.has(`${image}/code/broken`)) workspace.remove(`${image}/code/broken`);
    // While it is broken the last good one stays in force, and is enough for everything else.
    if (this.#isRefused() && this.#random.chance(0.5)) workspace.save(config, "mended");
    for (const image of artifacts)
      if (workspace.text(manifestOf(image)).includes("typo")) workspace.save(manifestOf(image), "mended 1");
    let wrong: string | undefined;
    for (let passed = 0; passed < calmMs; passed += 500) {
      await this.#tick(500);
      this.#check();
      wrong = this.#difference();
      // What is right for a moment may be about to be made wrong.
      if (wrong === undefined && passed > 5_000 && this.#clock.now() - this.#lastEventAt > restMs) break;
    }
    if (wrong !== undefined) throw new Error(wrong);
    await this.#syncOnly();
    this.#calms++;
    this.#note("-- calm");
  }

  /** At a calm nothing is owed, so a page is synced: nothing is built for it, and no configuration is read. */
  async #syncOnly(): Promise<void> {
    const before = { builds: this.#builds, reloads: this.#reloads };
    const page = `${this.#random.pick(artifacts)}/site/${this.#random.pick(pageNames)}`;
    this.#workspace.save(page, `new ${++this.#contents}`);
    await this.#tick(1_500);
    if (this.#builds > before.builds) throw new Error(`${page} was built instead of synced at a calm`);
    if (this.#reloads > before.reloads) throw new Error(`the configuration was read again for ${page}`);
  }

  #isRefused(): boolean {
    return this.#workspace.text(config).includes("broken");
  }

  /** What is not as it has to be at a calm. */
  #difference(): string | undefined {
    if (this.#lastEnd !== "done") return `the last pass ended as ${this.#lastEnd}`;
    for (const image of artifacts) {
      const pods = this.#cluster.podsOf(image);
      if (!this.#cluster.isReady(image)) return `${image} is not rolled out`;
      const { revision = "" } = this.#cluster.deployments.get(image) ?? {};
      const text = this.#workspace.text(manifestOf(image));
      const expected = revisionOf(text, this.#workspace.text(config));
      if (this.#isRefused() ? !revision.startsWith(revisionOf(text, "")) : revision !== expected)
        return `${image} is deployed as ${revision}, and is to be ${expected}`;
      const wanted = Object.fromEntries([...this.#workspace.image(image)].sort());
      for (const { name, container } of pods) {
        const files = [...container.files].filter(([, description]) => !description.startsWith("directory"));
        const has = Object.fromEntries(files.sort());
        for (const path of new Set([...Object.keys(wanted), ...Object.keys(has)]))
          if (wanted[path] !== has[path])
            return `${name} of ${image} has ${path} as ${has[path]}, the workspace as ${wanted[path]}`;
      }
    }
    const { watches, channels, all } = this.#cluster.pods;
    if (watches === 0) return "pods are not watched";
    for (const { name } of all)
      if (![...channels].some((one) => one.startsWith(`${name} `))) return `no stream into ${name}`;
    return undefined;
  }
}
