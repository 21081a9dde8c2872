/**
 * Brings an image to where the cluster starts it from, and says by which reference manifests name it. What is there is
 * asked each time; a record alone is no proof.
 */
import type { Inputs, Task } from "../graph/task.ts";
import type { DeliverableImage, Destination } from "../image/destination.ts";
import { contentReference, type ImageId } from "../image/reference.ts";
import type { ArtifactWork } from "./artifact.ts";
import type { FoundOutput } from "./found.ts";
import { taskId } from "./ids.ts";
import type { TagOutput } from "./tag.ts";

type PresenceOutput = { readonly present: boolean; readonly words: string; readonly reference: string };

/** `reference` is what manifests use. */
export type DeliverOutput = { readonly reference: string };

export function destinationTask(destination: () => Promise<Destination>): Task {
  return {
    id: taskId.destination,
    kind: "look",
    mode: "observe",
    deps: [],
    async run() {
      const { id, kind, label } = await destination();
      return { id, kind, label };
    },
  };
}

/** @param named whether `name:<image>` is among the tasks: it is where the image was built here */
export function deliverTasks(artifact: ArtifactWork, destination: () => Promise<Destination>, named = true): Task[] {
  const { image } = artifact;
  const found = (inputs: Inputs) => inputs.get<FoundOutput>(taskId.build(image));
  const deliverable = (id: ImageId, inputs: Inputs, place: Pick<Destination, "kind">): DeliverableImage => {
    const name =
      place.kind === "registry"
        ? inputs.get<TagOutput>(taskId.tag(image)).reference
        : contentReference(artifact.repository, id);
    return { id, name };
  };
  const place = (inputs: Inputs) =>
    inputs.get<{ id: string; kind: Destination["kind"]; label: string }>(taskId.destination);
  return [
    {
      id: taskId.presence(image),
      kind: "look",
      mode: "observe",
      deps: [taskId.build(image), taskId.tag(image), taskId.destination],
      async run(inputs, { signal }): Promise<PresenceOutput> {
        const wanted = found(inputs);
        if ("reference" in wanted)
          return { present: true, words: "the cluster pulls it by itself", reference: wanted.reference };
        const asked = deliverable(wanted.imageId as ImageId, inputs, place(inputs));
        const [answer] = await (await destination()).has([asked], signal);
        if (answer?.present) return { present: true, words: answer.proof, reference: answer.reference };
        return { present: false, words: answer?.reason ?? "nobody could say", reference: "" };
      },
    },
    {
      id: taskId.deliver(image),
      kind: "deliver",
      mode: "act",
      deps: [
        taskId.build(image),
        taskId.tag(image),
        ...(named ? [taskId.name(image)] : []),
        taskId.destination,
        taskId.presence(image),
      ],
      keyParts(inputs) {
        const wanted = found(inputs);
        if ("reference" in wanted) return wanted;
        return { ...deliverable(wanted.imageId as ImageId, inputs, place(inputs)), destination: place(inputs).id };
      },
      live(output, inputs) {
        const { present, words, reference } = inputs.get<PresenceOutput>(taskId.presence(image));
        if (!present) return { live: false, reason: words };
        if (reference !== (output as DeliverOutput).reference)
          return { live: false, reason: `it is there as ${reference}` };
        return { live: true, proof: words };
      },
      async run(inputs, { signal, emit }): Promise<DeliverOutput> {
        const wanted = found(inputs);
        if ("reference" in wanted) return wanted;
        const to = await destination();
        const sent = deliverable(wanted.imageId as ImageId, inputs, to);
        const { reference, how, bytes, seconds } = await to.deliver(sent, signal);
        const name = inputs.get<TagOutput>(taskId.tag(image)).reference;
        emit({
          type: "deliver",
          image: name,
          destination: to.label,
          how,
          seconds,
          ...(bytes === undefined ? {} : { bytes }),
        });
        return { reference };
      },
    },
  ];
}
