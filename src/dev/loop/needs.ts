/**
 * What a pass of the graph must do. Needs only add up: a pass that supersedes another, or follows a failed one, also
 * has the needs of that one, so that no change is lost.
 */
export interface Needs {
  /** Images of artifacts whose files are read again whatever events said: none of their files are synced. */
  readonly artifacts: ReadonlySet<string>;
  /** Whether another file that a pass reads changed, or failed work is tried again. */
  readonly pass: boolean;
  /** Whether the configuration changed. */
  readonly reload: boolean;
  /** Whether every observation is made again: in the first pass, and after lost file events. */
  readonly everything: boolean;
}

export const nothing: Needs = { artifacts: new Set(), pass: false, reload: false, everything: false };
export const everything: Needs = { ...nothing, everything: true };

export function both(a: Needs, b: Needs): Needs {
  return {
    artifacts: new Set([...a.artifacts, ...b.artifacts]),
    pass: a.pass || b.pass,
    reload: a.reload || b.reload,
    everything: a.everything || b.everything,
  };
}

export function isNothing(needs: Needs): boolean {
  return needs.artifacts.size === 0 && !needs.pass && !needs.reload && !needs.everything;
}
