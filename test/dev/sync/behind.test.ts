/**
 * Containers that take nothing while a save is reverted: the build that answers for it gives the image that they run
 * already, so that no roll-out takes away what was synced over it.
 */
import { expect, test } from "bun:test";
import type { Event } from "../../../src/event/event.ts";
import { type VirtualClock, virtualClock } from "../../rig/virtual-clock.ts";
import { equal, type ModelArtifact, modelArtifact } from "../model-artifact.ts";

/** One container with a synced page hangs, and the page is reverted. @param owner of its pod */
async function hanging(clock: VirtualClock, owner?: string, mayDelete = true): Promise<ModelArtifact> {
  const at = await modelArtifact({ page: "1" }, { clock });
  const image = await at.build();
  at.addPod(image, "default", owner);
  await at.deployed(image);
  await at.save("page", "2");
  await at.look("page");
  const [pod] = at.pods.all;
  expect(pod?.container.taken).toBe(1);
  if (pod) pod.container.hung = true;
  if (!mayDelete) at.pods.forbidden.add("default");
  await at.save("page", "1");
  await at.look("page");
  const again = await at.build();
  expect(again.reference).toBe(image.reference);
  await passed(clock, at.deployed(again));
  return at;
}

/** Lets time pass until the work is done. */
async function passed(clock: VirtualClock, work: Promise<unknown>): Promise<void> {
  const over = work.then(() => true);
  while (!(await Promise.race([over, clock.advance(1_000).then(() => false)])));
}

/** Lets time pass until something has come about. */
async function until(clock: VirtualClock, is: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!is()) {
    if (performance.now() > deadline) throw new Error("it did not come about");
    await clock.advance(1_000);
  }
}

const notices = ({ events }: ModelArtifact) =>
  events.flatMap((event: Event) => (event.type === "notice" ? [event.text] : []));

test("a container that nothing owns is told of once, and synced again when it answers", async () => {
  const clock = virtualClock();
  await using at = await hanging(clock);
  await clock.advance(100_000);
  const told = notices(at).filter((text) => text.includes("cannot be brought up to date"));
  expect(told).toEqual([
    "pod default/pod-1 holds synced files that cannot be brought up to date; delete it to start it anew",
  ]);
  const [pod] = at.pods.all;
  if (pod) pod.container.hung = false;
  await until(clock, () => pod?.container.taken === 2);
  await equal(at);
  expect(at.troubles).toEqual([]);
  // It is left alone from now on.
  await until(clock, () => clock.sleepers === 0);
});

test("a pod that has an owner is replaced", async () => {
  const clock = virtualClock();
  await using at = await hanging(clock, "web");
  await until(clock, () => at.pods.all.length === 0);
  expect(notices(at).at(-1)).toEndWith("cannot be brought up to date; it is replaced");
});

test("a pod that cannot be deleted now is deleted later", async () => {
  const clock = virtualClock();
  await using at = await hanging(clock, "web", false);
  await until(clock, () => notices(at).some((text) => text.includes("it cannot be replaced now: ")));
  expect(at.pods.all).toHaveLength(1);
  at.pods.forbidden.clear();
  await until(clock, () => at.pods.all.length === 0);
});
