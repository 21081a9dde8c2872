/**
 * A cancellation that comes a little later: what is under way may end in good order, but not hold up its caller for
 * long. Nothing new may be begun under it once the original signal is aborted; that is for the caller to see to.
 */
export interface Grace extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborted `ms` after `signal`, for its reason. To be disposed when the work has ended. */
export function graceAfter(signal: AbortSignal, ms: number): Grace {
  const later = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    timer = setTimeout(() => later.abort(signal.reason), ms);
  };
  if (signal.aborted) begin();
  else signal.addEventListener("abort", begin, { once: true });
  return {
    signal: later.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", begin);
    },
  };
}
