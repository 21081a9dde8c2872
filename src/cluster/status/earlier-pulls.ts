/**
 * Which containers still show that their image could not be pulled before devloop delivered it. The kubelet waits up to
 * five minutes before it tries again, and shows the old failure meanwhile: it says nothing about the image that is
 * there now. The end of one attempt does not either, because it may have begun before the delivery; the next one counts
 * again. Holds what one wait has seen; decides nothing about objects.
 */
import type { KubeObject } from "../cluster.ts";
import { type ContainerSpec, type ContainerStatus, isPullFailure } from "./container-cause.ts";
import { eventsOf, lastSeen, timesSeen, wordsOf } from "./event.ts";

interface Attempt {
  readonly reason: string;
  /** Equal while the kubelet has told of no further attempt. */
  readonly told: string;
  /** How many attempts have ended since the object was met first. */
  readonly since: number;
}

/** The end of this one is that of an attempt that began during the wait. */
const attemptThatCounts = 2;

export class EarlierPulls {
  readonly #open = new Map<string, Attempt>();
  readonly #met = new Set<string>();

  /**
   * Takes in what a look sees. Failures that are there when an object is met first are earlier ones.
   * @param object the id of what is looked at; @param delivered references of images that were just delivered
   */
  note(object: string, pods: readonly KubeObject[], events: readonly KubeObject[], delivered: readonly string[]): void {
    const isFirst = !this.#met.has(object);
    this.#met.add(object);
    for (const pod of pods)
      for (const { name, image, reason } of failuresOf(pod)) {
        const key = keyOf(pod, name);
        const told = attemptsOf(pod, events);
        const before = this.#open.get(key);
        if (isFirst && delivered.includes(image)) this.#open.set(key, { reason, told, since: 0 });
        if (before === undefined) continue;
        const since = before.since + (isNewAttempt(before, reason, told) ? 1 : 0);
        if (since >= attemptThatCounts) this.#open.delete(key);
        else this.#open.set(key, { reason, told, since });
      }
  }

  /** Whether the container's failure is from before the delivery. */
  has(pod: KubeObject, container: string): boolean {
    return this.#open.has(keyOf(pod, container));
  }
}

/** The end of an attempt is told by an event, or, where none can be read, shows as a reason of its own for a moment. */
function isNewAttempt(before: Attempt, reason: string, told: string): boolean {
  if (told !== "" || before.told !== "") return before.told !== told;
  return reason === "ErrImagePull" && before.reason !== "ErrImagePull";
}

function failuresOf(pod: KubeObject): readonly { name: string; image: string; reason: string }[] {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const specs = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])] as readonly ContainerSpec[];
  return ([...containerStatuses, ...initContainerStatuses] as readonly ContainerStatus[]).flatMap(({ name, state }) => {
    const reason = state?.waiting?.reason ?? "";
    const image = specs.find((spec) => spec.name === name)?.image;
    return image !== undefined && isPullFailure(reason) ? [{ name, image, reason }] : [];
  });
}

function attemptsOf(pod: KubeObject, events: readonly KubeObject[]): string {
  const failed = eventsOf(events, pod.metadata.uid).filter(
    (event) => event.reason === "Failed" && /^Failed to pull image/.test(wordsOf(event)),
  );
  return failed.map((event) => `${event.metadata.name} ${timesSeen(event)} ${lastSeen(event)}`).join("\n");
}

function keyOf(pod: KubeObject, container: string): string {
  return `${pod.metadata.uid} ${container}`;
}
