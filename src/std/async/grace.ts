/**
 * A signal that is aborted some time after another one: running work may end in good order, but cannot delay its caller
 * for long. The caller must begin no new work under it once the original signal is aborted.
 */
export interface Grace extends Disposable {
  readonly signal: AbortSignal;
}

/** A signal that is aborted `ms` after `signal`, with its reason. The caller disposes it when the work has ended. */
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
