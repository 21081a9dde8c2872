/** Reads Kubernetes events: their object, count and time. Supports both forms of times. */
import type { KubeObject } from "../cluster.ts";

/** The events about one object, oldest first. */
export function eventsOf(events: readonly KubeObject[], uid: string | undefined): readonly KubeObject[] {
  return events.filter((event) => event.involvedObject?.uid === uid).sort((a, b) => lastSeen(a) - lastSeen(b));
}

/** The newest event with one of the reasons. */
export function newest(events: readonly KubeObject[], ...reasons: readonly string[]): KubeObject | undefined {
  return events.findLast((event) => reasons.includes(event.reason));
}

/** Milliseconds since the epoch. */
export function lastSeen(event: KubeObject): number {
  const time = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  return Date.parse(time ?? event.metadata.creationTimestamp ?? "") || 0;
}

export function firstSeen(event: KubeObject): number {
  return (
    Date.parse(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "") || lastSeen(event)
  );
}

/** How often the event happened: servers count repetitions in one event. */
export function timesSeen(event: KubeObject): number {
  return Number(event.series?.count ?? event.count ?? 1) || 1;
}

export function wordsOf(event: KubeObject): string {
  return String(event.message ?? "")
    .replace(/\s+/g, " ")
    .trim();
}
