/**
 * Says when the phases of a pass begin and end, from what the tasks do: the graph has no phases, but people read them.
 * Decides only when a heading is due; the words are the view's.
 */
import type { Event, PhaseName } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";

const phaseOfKind: Readonly<Record<string, PhaseName>> = {
  deliver: "deploy",
  hook: "deploy",
  apply: "deploy",
  wait: "wait",
};

/** One pass of the graph: the first run, or what one save leads to. */
export interface Pass {
  /** To be told every event of the pass. */
  observe(event: Event): void;
  /** The pass is over. */
  end(): void;
}

/** Begins a pass: headings are emitted through `emit` as tasks reach them. */
export function beginPass(emit: (event: Event) => void, clock: Clock): Pass {
  const began = new Map<PhaseName, number>();
  const failed = new Set<PhaseName>();
  const open = (phase: PhaseName) => {
    if (began.has(phase)) return;
    began.set(phase, clock.now());
    emit({ type: "phase", phase, status: "started" });
  };
  open("tags");
  return {
    observe(event) {
      if (event.type !== "task-started" && event.type !== "task-ended") return;
      const phase = phaseOfKind[event.kind];
      if (phase === undefined) return;
      if (event.type === "task-started") {
        // Waiting is announced only after something was deployed, or a warm start would begin with it.
        if (phase === "wait") open("deploy");
        open(phase);
      } else if (event.outcome === "failed") failed.add(phase);
    },
    end() {
      for (const [phase, at] of began) {
        emit({
          type: "phase",
          phase,
          status: failed.has(phase) ? "failed" : "done",
          seconds: (clock.now() - at) / 1000,
        });
      }
    },
  };
}
