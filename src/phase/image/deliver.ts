/**
 * Brings an image to the place where the cluster starts it from, and gives the reference for manifests. The place is
 * asked each time; a record alone is no proof.
 */
import type { Inputs, Task } from "../../graph/task.ts";
import type { DeliverableImage, Destination } from "../../image/destination.ts";
import { contentReference, fullName, type ImageId, isImageId } from "../../image/reference.ts";
import { clusterTaskId, taskId } from "../ids.ts";
import type { ArtifactWork } from "./artifact.ts";
import { bringTask } from "./bring.ts";
import type { BuildOutput } from "./build.ts";
import type { FoundOutput } from "./found.ts";
import type { NeededOutput } from "./needed.ts";
import type { TagOutput } from "./tag.ts";

type PresenceOutput = { readonly present: boolean; readonly words: string; readonly reference: string };

/** `reference` is for manifests. */
export type DeliverOutput = { readonly reference: string };

/** A place that images are brought to: the ids of its tasks end with its scope. */
export interface ImagePlace {
  readonly scope: string | undefined;
  destination(): Promise<Destination>;
}

export function destinationTask({ scope, destination }: ImagePlace): Task {
  return {
    id: clusterTaskId(scope).destination,
    kind: "look",
    mode: "observe",
    deps: [],
    async run() {
      const { id, kind, label } = await destination();
      return { id, kind, label };
    },
  };
}

/** By the image's name at the destination. */
type ListingOutput = Readonly<Record<string, PresenceOutput>>;

/** Enough for a project that alternates between a few states. */
const mostListed = 3;

/**
 * Earlier builds' images that the nodes still have, asked once for all artifacts at the start. Registries are asked by
 * tags, which are not known yet.
 * @param recorded image ids of earlier builds of an artifact, newest first
 */
export function listingTask(
  artifacts: readonly ArtifactWork[],
  recorded: (image: string) => readonly string[],
  { scope, destination }: ImagePlace,
): Task {
  const ids = clusterTaskId(scope);
  return {
    id: ids.listing,
    kind: "look",
    mode: "observe",
    deps: [ids.destination],
    async run(_inputs, { signal }): Promise<ListingOutput> {
      const to = await destination();
      if (to.kind === "registry") return {};
      const asked = artifacts.flatMap(({ image, repository }) =>
        recorded(image)
          .slice(0, mostListed)
          .map((id) => ({ id: id as ImageId, name: contentReference(repository, id as ImageId) })),
      );
      return Object.fromEntries(await presences(to, asked, signal));
    },
  };
}

async function presences(
  to: Destination,
  asked: readonly DeliverableImage[],
  signal: AbortSignal,
): Promise<(readonly [string, PresenceOutput])[]> {
  if (asked.length === 0) return [];
  const answers = await to.has(asked, signal);
  return asked.map(({ name }, i) => {
    const answer = answers[i];
    if (answer?.present) return [name, { present: true, words: answer.proof, reference: answer.reference }];
    return [name, { present: false, words: answer?.reason ?? "it is not known", reference: "" }];
  });
}

export interface DeliverOptions {
  /** Whether `name:<image>` is among the tasks: it is where the image was built here. Default: it is. */
  readonly named?: boolean;
  /**
   * Whether the place is for builds that start from the image, and not for a cluster: it has to be there only while
   * `needed:<image>` names such a build, and no barrier of a pass holds it up.
   */
  readonly forBuilds?: boolean;
}

export function deliverTasks(
  artifact: Pick<ArtifactWork, "image" | "repository">,
  { scope, destination }: ImagePlace,
  { named = true, forBuilds = false }: DeliverOptions = {},
): Task[] {
  const { image } = artifact;
  const ids = clusterTaskId(scope);
  const found = (inputs: Inputs) => inputs.get<FoundOutput>(taskId.build(image));
  /** The build's output, where it is no reference that the cluster pulls by itself. */
  const built = (inputs: Inputs) => inputs.get<BuildOutput>(taskId.build(image));
  const deliverable = (id: ImageId, inputs: Inputs, place: Pick<Destination, "kind">): DeliverableImage => {
    const name =
      place.kind === "registry"
        ? inputs.get<TagOutput>(taskId.tag(image)).reference
        : contentReference(artifact.repository, id);
    return { id, name };
  };
  const needed = forBuilds ? [taskId.needed(image)] : [];
  const isIdle = (inputs: Inputs) => forBuilds && inputs.get<NeededOutput>(taskId.needed(image)).by === null;
  const idle = "no build starts from it";
  const tagged = (inputs: Inputs) => inputs.get<TagOutput>(taskId.tag(image)).reference;
  const place = (inputs: Inputs) =>
    inputs.get<{ id: string; kind: Destination["kind"]; label: string }>(ids.destination);
  return [
    {
      id: ids.presence(image),
      kind: "look",
      mode: "observe",
      deps: [taskId.build(image), taskId.tag(image), ids.destination, ids.listing, ...needed],
      async run(inputs, { signal }): Promise<PresenceOutput> {
        const wanted = found(inputs);
        if ("reference" in wanted)
          return { present: true, words: "the cluster pulls it by itself", reference: wanted.reference };
        if (isIdle(inputs)) return { present: true, words: idle, reference: tagged(inputs) };
        const asked = deliverable(wanted.imageId as ImageId, inputs, place(inputs));
        const listed = inputs.get<ListingOutput>(ids.listing)[asked.name];
        if (listed) return listed;
        const [answer] = await presences(await destination(), [asked], signal);
        return answer?.[1] ?? { present: false, words: "it is not known", reference: "" };
      },
    },
    bringTask<DeliverOutput>({
      id: ids.deliver(image),
      kind: forBuilds ? "tag" : "deliver",
      deps: [
        ...needed,
        taskId.build(image),
        taskId.tag(image),
        ...(named ? [taskId.name(image)] : []),
        ids.destination,
        ids.presence(image),
      ],
      keyParts(inputs) {
        const wanted = found(inputs);
        if ("reference" in wanted) return wanted;
        const { id, name } = deliverable(wanted.imageId as ImageId, inputs, place(inputs));
        return { id, name, destination: place(inputs).id };
      },
      spared(inputs) {
        const wanted = found(inputs);
        if ("reference" in wanted) return { output: wanted, why: "the cluster pulls it by itself" };
        return isIdle(inputs) ? { output: { reference: tagged(inputs) }, why: idle } : undefined;
      },
      foresee(inputs, pending) {
        const imageId = built(inputs).imageId;
        if (!isImageId(imageId)) return { reference: imageId };
        // A registry's digest is known only after the push.
        const { kind } = place(inputs);
        return { reference: kind === "registry" ? pending : contentReference(artifact.repository, imageId) };
      },
      present(output, inputs) {
        const { present, words, reference } = inputs.get<PresenceOutput>(ids.presence(image));
        if (!present) return { valid: false, reason: words };
        if (reference !== output.reference) return { valid: false, reason: `it is there as ${reference}` };
        return { valid: true, proof: words };
      },
      async bring(inputs, { signal, emit }) {
        const { imageId, holder } = built(inputs);
        const to = await destination();
        const sent = { ...deliverable(imageId as ImageId, inputs, to), ...(holder ? { holder } : {}) };
        if (to.kind === "nodes")
          emit({
            type: "image-named",
            artifact: image,
            imageId: sent.id,
            place: { nodes: to.id },
            names: [fullName(sent.name)],
          });
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
    }),
  ];
}
