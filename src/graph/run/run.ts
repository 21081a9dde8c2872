/**
 * The executor: one for each session, holding what runs between passes. Decides only which pass is in charge; a pass
 * that found its inputs changing under it is made again a few times before that counts as a failure.
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
  /** How many tasks of a kind run at once, where it is not `usualLimits`. */
  readonly limits?: Limits;
  /** Where results of others are looked up, in this order. */
  readonly sources?: readonly RecordSource[];
  /** Says which paths of two recorded trees differ, for `why`. */
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
      // What changed before the request is told once; where nobody watches, anything may change at any time.
      if (round === 1 || request.changes === undefined) flight.observations.change(request.changes);
      // Superseded before it came to its turn: the newer pass may be in charge already.
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
