/**
 * A cluster and an engine as a random session has them: images by id, one deployment for each artifact, and a controller
 * that brings pods to what was applied last, in its own time.
 */

import { Unreachable } from "../../../src/cluster/connect/api-error.ts";
import type { ContainerChannel } from "../../../src/dev/sync/container-channel.ts";
import type { RunningContainer } from "../../../src/dev/sync/containers.ts";
import { shared } from "../../../src/std/async/shared.ts";
import type { Clock } from "../../../src/std/clock.ts";
import { sha256 } from "../../../src/std/data/digest.ts";
import type { Seeded } from "../../build/docker/seeded.ts";
import { type ModelPod, ModelPods } from "../../rig/model-pods.ts";

export interface Deployed {
  readonly reference: string;
  readonly revision: string;
  readonly replicas: number;
}

export class Cluster {
  readonly pods = new ModelPods();
  readonly engine = new Set<string>();
  readonly nodes = new Set<string>();
  readonly deployments = new Map<string, Deployed>();
  /** Of the session, over which its passes ask. */
  readonly connection = shared(() => this.#connect());
  #refuses = false;
  readonly #clock: Clock;
  readonly #random: Seeded;
  readonly #contents = new Map<string, ReadonlyMap<string, string>>();
  readonly #rolling = new Set<string>();

  constructor(clock: Clock, random: Seeded) {
    this.#clock = clock;
    this.#random = random;
    this.pods.deleted = () => {
      for (const artifact of this.deployments.keys()) void this.#rollOut(artifact);
    };
  }

  /** @returns the id of an image with these files, which the engine has from now on */
  made(files: ReadonlyMap<string, string>): string {
    const imageId = `sha256:${sha256(JSON.stringify([...files].sort()))}`;
    this.#contents.set(imageId, files);
    this.engine.add(imageId);
    return imageId;
  }

  apply(artifact: string, wanted: Deployed): void {
    this.deployments.set(artifact, wanted);
    void this.#rollOut(artifact);
  }

  /** The connection is made anew when the next one asks, which fails once. */
  breakConnection(): void {
    this.#refuses = true;
    this.connection.forget();
  }

  podsOf(artifact: string): readonly ModelPod[] {
    return this.pods.all.filter(({ reference }) => reference.startsWith(`${artifact}:`));
  }

  isReady(artifact: string): boolean {
    const wanted = this.deployments.get(artifact);
    const pods = this.podsOf(artifact);
    return pods.length === wanted?.replicas && pods.every(({ reference }) => reference === wanted.reference);
  }

  /** The pod says so only after a while. */
  restart({ name, reference }: ModelPod): void {
    this.pods.restart(name, this.#filesOf(reference), this.#clock.sleep(this.#random.int(1_000)));
  }

  /** A pod is deleted; its controller makes another one. */
  evict({ name, reference }: ModelPod): void {
    this.pods.remove(name);
    void this.#rollOut(reference.split(":")[0] ?? "");
  }

  /** Into a container; each batch takes its time. */
  readonly channel = (container: RunningContainer): ContainerChannel => {
    const inner = this.pods.channel(container);
    return {
      ...inner,
      send: async (archive, signal) => {
        await this.#clock.sleep(this.#random.int(60), signal);
        return inner.send(archive, signal);
      },
    };
  };

  async #connect(): Promise<void> {
    await this.#clock.sleep(this.#random.int(40));
    const refuses = this.#refuses;
    this.#refuses = false;
    if (refuses) throw new Unreachable("refused", "the connection failed", "wait");
  }

  async #rollOut(artifact: string): Promise<void> {
    if (this.#rolling.has(artifact)) return;
    this.#rolling.add(artifact);
    while (!this.isReady(artifact)) {
      await this.#clock.sleep(100 + this.#random.int(900));
      const wanted = this.deployments.get(artifact);
      if (wanted === undefined) break;
      const pods = this.podsOf(artifact);
      const right = pods.filter(({ reference }) => reference === wanted.reference);
      if (right.length < wanted.replicas) this.#start(artifact, wanted.reference);
      else
        for (const { name } of [...right.slice(wanted.replicas), ...pods.filter((pod) => !right.includes(pod))])
          this.pods.remove(name);
    }
    this.#rolling.delete(artifact);
  }

  /** Pods of one artifact stand for those that nothing owns. */
  #start(artifact: string, reference: string): void {
    this.pods.start(reference, this.#filesOf(reference), "default", artifact === "web" ? artifact : "");
  }

  #filesOf(reference: string): ReadonlyMap<string, string> {
    const [, tag = ""] = reference.split(":");
    const found = [...this.#contents].find(([id]) => id.startsWith(`sha256:${tag}`));
    if (found === undefined) throw new Error(`there is no image ${reference}`);
    return found[1];
  }
}

export function referenceOf(artifact: string, imageId: string): string {
  return `${artifact}:${imageId.slice(7, 19)}`;
}
