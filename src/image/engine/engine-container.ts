/** Containers in the engine, as far as delivery needs them: which run, their labels, their published ports. */
import { call, type Engine } from "./engine.ts";

export interface PublishedPort {
  /** Address on the engine's host; `0.0.0.0` and `::` mean all. */
  readonly address: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

export interface ContainerSummary {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
}

/** Running containers that have every label of `labels`, each `name` or `name=value`. */
export function listContainers(
  engine: Engine,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<ContainerSummary[]> {
  return list(engine, { filters: JSON.stringify({ label: labels }) }, signal);
}

/** Every container, including those that do not run. */
export function listAllContainers(engine: Engine, signal: AbortSignal): Promise<ContainerSummary[]> {
  return list(engine, { all: "1" }, signal);
}

async function list(
  engine: Engine,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ContainerSummary[]> {
  type Raw = {
    Id: string;
    Names: string[];
    Image: string;
    ImageID: string;
    Labels?: Record<string, string> | null;
    Ports?: { IP?: string; PrivatePort: number; PublicPort?: number }[] | null;
  };
  const all = await call<Raw[]>(engine, "/containers/json", { query }, "list its containers", signal);
  return all.map((c) => ({
    id: c.Id,
    name: (c.Names[0] ?? c.Id).replace(/^\//, ""),
    image: c.Image,
    imageId: c.ImageID,
    labels: c.Labels ?? {},
    ports: (c.Ports ?? []).flatMap((p) =>
      p.PublicPort === undefined
        ? []
        : [{ address: p.IP || "0.0.0.0", hostPort: p.PublicPort, containerPort: p.PrivatePort }],
    ),
  }));
}
