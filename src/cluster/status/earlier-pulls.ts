/**
 * Which containers still show a failure to pull their image from before devloop delivered it. The kubelet waits up to
 * five minutes before it tries again and shows the old failure meanwhile, which says nothing about the delivered image.
 * The end of the next attempt says nothing either, because it may have begun before the delivery; the end of the one
 * after that counts. Holds what one wait has seen; judges no object.
 */
import type { KubeObject } from "../cluster.ts";
import { type ContainerSpec, type ContainerStatus, isPullFailure } from "./container-cause.ts";
import { eventsOf, lastSeen, timesSeen, wordsOf } from "./event.ts";

interface Attempt {
  readonly reason: string;
  /** Equal while the kubelet has reported no further attempt. */
  readonly reported: string;
  /** How many attempts have ended since the object was first seen. */
  readonly since: number;
}

/** Number of the first attempt that began during the wait. */
const attemptThatCounts = 2;

export class EarlierPulls {
  readonly #open = new Map<string, Attempt>();
  readonly #met = new Set<string>();

  /**
   * Notes the state of an object. Failures that exist when an object is first seen are earlier ones.
   * @param object the id of the object
   * @param delivered references of images that were just delivered
   */
  note(object: string, pods: readonly KubeObject[], events: readonly KubeObject[], delivered: readonly string[]): void {
    const isFirst = !this.#met.has(object);
    this.#met.add(object);
    for (const pod of pods)
      for (const { name, image, reason } of failuresOf(pod)) {
        const key = keyOf(pod, name);
        const reported = attemptsOf(pod, events);
        const before = this.#open.get(key);
        if (isFirst && delivered.includes(image)) this.#open.set(key, { reason, reported, since: 0 });
        if (before === undefined) continue;
        const since = before.since + (isNewAttempt(before, reason, reported) ? 1 : 0);
        if (since >= attemptThatCounts) this.#open.delete(key);
        else this.#open.set(key, { reason, reported, since });
      }
  }

  /** Whether the container's failure is from before the delivery. */
  has(pod: KubeObject, container: string): boolean {
    return this.#open.has(keyOf(pod, container));
  }
}

/**
 * Whether an attempt has ended: an event reports it, or, where events cannot be read, the reason changes for a moment.
 */
function isNewAttempt(before: Attempt, reason: string, reported: string): boolean {
  if (reported !== "" || before.reported !== "") return before.reported !== reported;
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
