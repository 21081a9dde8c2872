/** What a pass did, judged by the events during it: whether an image was built, or the cluster was changed. */
import type { Bus } from "../../event/bus.ts";
import type { Event } from "../../event/event.ts";
import type { SaveKind } from "../loop/reducer.ts";

/** @returns a function that ends the watching and returns what was done since */
export function watchWork(bus: Pick<Bus, "subscribe">): () => SaveKind {
  let did: SaveKind = "nothing";
  const stop = bus.subscribe(({ event }) => {
    if (event.type === "build-ended" && event.outcome === "done") did = "rebuild";
    else if (changesCluster(event) && did === "nothing") did = "render";
  });
  return () => {
    stop();
    return did;
  };
}

function changesCluster(event: Event): boolean {
  if (event.type === "release") return event.result !== "kept";
  return event.type === "apply" && event.result !== "unchanged";
}
