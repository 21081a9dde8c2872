/**
 * Emits the begin and end of phases in a pass, judged by the events of tasks: the graph has no phases, but readers
 * expect them. Decides only when a heading is due; the view makes its text.
 */
import type { Event, PhaseName } from "../event/event.ts";
import type { Clock } from "../std/clock.ts";

const phaseOfKind: Readonly<Record<string, PhaseName>> = {
  deliver: "deploy",
  hook: "deploy",
  apply: "deploy",
  release: "deploy",
  wait: "wait",
};

/** The headings of one pass of the graph. */
export interface PassHeadings {
  /** Must be called with every event of the pass. */
  observe(event: Event): void;
  /** Called when the pass is over. */
  end(): void;
}

/**
 * Begins a pass: headings are emitted through `emit` as tasks reach them.
 * @param deploys whether the pass applies objects: only then does an image's delivery belong to a deployment
 */
export function passHeadings(emit: (event: Event) => void, clock: Clock, deploys = true): PassHeadings {
  const began = new Map<PhaseName, number>();
  const failed = new Set<PhaseName>();
  const cut = new Set<PhaseName>();
  const open = (phase: PhaseName) => {
    if (began.has(phase)) return;
    began.set(phase, clock.now());
    emit({ type: "phase", phase, status: "started" });
  };
  const close = (phase: PhaseName) => {
    const at = began.get(phase);
    if (at === undefined) return;
    began.delete(phase);
    const status = failed.has(phase) ? "failed" : cut.has(phase) ? "cancelled" : "done";
    emit({ type: "phase", phase, status, seconds: (clock.now() - at) / 1000 });
  };
  const waits = new Set<string>();
  open("tags");
  return {
    observe(event) {
      if (event.type !== "task-started" && event.type !== "task-ended") return;
      const phase = event.kind === "deliver" && !deploys ? "deliver" : phaseOfKind[event.kind];
      if (phase === undefined) return;
      // A skipped or reused task ends without having started.
      if (event.type === "task-ended") waits.delete(event.task);
      else if (phase === "wait") waits.add(event.task);
      if (event.type === "task-started") {
        // Hooks that run when everything is ready come after the end of the wait.
        if (event.kind === "hook" && waits.size === 0) close("wait");
        // Waiting is announced only after something was deployed; otherwise a warm start would begin with it.
        if (phase === "wait") open("deploy");
        open(phase);
      } else if (event.outcome === "failed") failed.add(phase);
      else if (event.outcome === "cancelled") cut.add(phase);
    },
    end() {
      for (const phase of [...began.keys()]) close(phase);
    },
  };
}
