/**
 * The deployer that applies manifests as kubectl does: they are rendered first, so that all objects are known before
 * the first apply.
 */
import { refOf } from "../../cluster/objects/resources.ts";
import { deleteByKubectl } from "../../deploy/apply/by-kubectl.ts";
import { objectId } from "../../deploy/manifests/object-id.ts";
import { clusterTaskId } from "../ids.ts";
import type { ApplyOutput } from "./apply.ts";
import type { DeployWork, ObjectsOutput } from "./deploy-work.ts";
import type { Deployer } from "./deployer.ts";
import { objectsTask } from "./objects.ts";
import { type RenderWork, renderTasks } from "./render.ts";

/** @param renders one for each module of the work */
export function kubectlDeployer(work: DeployWork, renders: readonly RenderWork[]): Deployer {
  const ids = clusterTaskId(work.scope);
  return {
    kind: "kubectl",
    target: () => work.target(),
    tasks: () => [...renders.flatMap(renderTasks), objectsTask(work)],
    deletion(module) {
      const flags = work.modules.find((one) => one.module === module)?.deletion;
      if (flags?.kubectl === undefined) return flags;
      const { flags: words } = flags.kubectl;
      return {
        ...flags,
        delete: (cluster, ref, signal) => deleteByKubectl(work.kubectl ?? {}, cluster, ref, words, signal),
      };
    },
    deployed(outputs) {
      const known = outputs.get(ids.objects) as unknown as ObjectsOutput | undefined;
      return known?.objects.map(({ module, object }) => {
        const applied = outputs.get(ids.apply(objectId(refOf(object)))) as ApplyOutput | undefined;
        return { module, object, ...(applied === undefined ? {} : { uid: applied.uid }) };
      });
    },
  };
}
