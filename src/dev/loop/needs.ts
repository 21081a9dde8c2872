/**
 * What a pass of the graph is for. Needs only ever add up: a pass that supersedes another, or follows one that failed,
 * answers for what that one was to do as well, so that no change is ever forgotten.
 */
export interface Needs {
  /** Images of artifacts whose files are to be looked at anew, whatever was told of them: nothing of theirs is synced. */
  readonly artifacts: ReadonlySet<string>;
  /** Something else that a pass looks at changed, or something is to be tried again. */
  readonly pass: boolean;
  /** The configuration itself changed. */
  readonly reload: boolean;
  /** Nothing may be taken for unchanged: the first pass, or one after lost file events. */
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
