/** DaemonSet: done when every selected node has an available pod of the newest template. */
import { isUnobserved, type Judge, progressing, ready } from "../judgement.ts";
import { rollout } from "./rollout.ts";

export const judgeDaemonSet: Judge = (object, around) => {
  if (object.spec?.updateStrategy?.type === "OnDelete") return ready;
  if (isUnobserved(object)) return progressing("waiting for the daemon set's new spec to be observed");
  return rollout(controllerView(object, around), around);
};

const controllerView: Judge = (object) => {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = object.status ?? {};
  if (updatedNumberScheduled < desiredNumberScheduled)
    return progressing(`${updatedNumberScheduled} of ${desiredNumberScheduled} new pods have been updated`);
  if (numberAvailable < desiredNumberScheduled)
    return progressing(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available`);
  return ready;
};
