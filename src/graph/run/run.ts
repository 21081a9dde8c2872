/**
 * The executor of a session: it holds runs between passes. Decides which pass is the current one; a pass whose inputs
 * changed during it is run again a few times before that counts as a failure.
 */

import type { CompareTrees } from "../plan/key.ts";
import type { RecordSource } from "../plan/record-source.ts";
import type { Executor, PassRequest, PassResult } from "../request.ts";
import type { Task } from "../task.ts";
import type { FlightOptions } from "./flight.ts";
import { Flight } from "./flight.ts";
import { type Limits, usualLimits } from "./limits.ts";
import { Pass, type PassOptions } from "./pass.ts";
import { Superseded } from "./superseded.ts";

export interface ExecutorOptions extends FlightOptions {
  /** How many tasks of a kind run at once, where it differs from `usualLimits`. */
  readonly limits?: Limits;
  /** Record sources of other machines' results, in the order in which they are asked. */
  readonly sources?: readonly RecordSource[];
  /** The paths that differ between two recorded trees, for `why`. */
  readonly compareTrees?: CompareTrees;
  /** Chooses the index of the task to start, for tests. */
  readonly pick?: (startable: readonly Task[]) => number;
}

const rounds = 3;
const superseded: PassResult = { outcome: "superseded", outputs: new Map(), verdicts: new Map(), failed: [] };

export function createExecutor(options: ExecutorOptions): Executor {
  const usual = { ...usualLimits(), ...options.limits };
  const flight = new Flight(options);
  let current: Pass | undefined;

  const stop = async () => {
    current?.supersede();
    for (const running of flight.all()) running.abort();
    await Promise.all(flight.all().map((running) => running.ended));
    await flight.recorded();
  };
  const pass = async (request: PassRequest): Promise<PassResult> => {
    for (let round = 1; ; round++) {
      // Changes before the request are applied once; without a watcher, any file may change at any time.
      if (round === 1 || request.changes === undefined) flight.observations.change(request.changes);
      // Superseded before its first step: the newer pass may be the current one already.
      if (request.signal.reason instanceof Superseded) return superseded;
      const limits = { ...usual, ...request.limits };
      const passOptions: PassOptions = { ...options, limits, pick: options.pick, sources: options.sources ?? [] };
      const mine = new Pass(request, flight, passOptions);
      current?.supersede();
      current = mine;
      const { again, ...result } = await mine.run();
      if (current !== mine || !again || round === rounds || request.signal.aborted) return result;
    }
  };

  return {
    records: flight.records,
    pass,
    concerned: (path) => flight.observations.concerned(path),
    watched: () => flight.observations.watched(),
    wake: () => current?.advance(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
