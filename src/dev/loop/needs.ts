/**
 * What a pass of the graph is for. Needs only ever add up: a pass that supersedes another, or follows one that failed,
 * answers for what that one was to do as well, so that no change is ever forgotten.
 */
export interface Needs {
  /** Images of artifacts whose files are to be looked at anew. All others keep the inputs of their last build. */
  readonly artifacts: ReadonlySet<string>;
  readonly render: boolean;
  /** The configuration itself changed. */
  readonly reload: boolean;
  /** Nothing may be taken for unchanged: the first pass, or one after lost file events. */
  readonly everything: boolean;
}

export const nothing: Needs = { artifacts: new Set(), render: false, reload: false, everything: false };
export const everything: Needs = { ...nothing, everything: true };

export function both(a: Needs, b: Needs): Needs {
  return {
    artifacts: new Set([...a.artifacts, ...b.artifacts]),
    render: a.render || b.render,
    reload: a.reload || b.reload,
    everything: a.everything || b.everything,
  };
}

export function isNothing(needs: Needs): boolean {
  return needs.artifacts.size === 0 && !needs.render && !needs.reload && !needs.everything;
}
