/**
 * Work that is done once for several callers: a connection, a listing, a credential. No caller's signal ends the work:
 * a caller whose signal is aborted stops waiting, and the others still get the result. A failure is thrown to those who
 * wait and is not remembered: the next caller begins the work again.
 */
import { abortable } from "./abortable.ts";

export interface Shared<T> {
  /**
   * The result. The work begins now unless its result is known or it is running already.
   * @throws the signal's reason, or the failure of the work
   */
  get(signal?: AbortSignal): Promise<T>;
  /** Drops the result: the next call of `get` begins the work again. */
  forget(): void;
}

/** @param make must not depend on the signal of one caller; whoever created the work ends it where that is possible */
export function shared<T>(make: () => Promise<T>): Shared<T> {
  let current: Promise<T> | undefined;
  const begun = (): Promise<T> => {
    const made = make();
    current = made;
    made.catch(() => {
      if (current === made) current = undefined;
    });
    return made;
  };
  return {
    get: (signal) => {
      const result = current ?? begun();
      return signal === undefined ? result : abortable(result, signal);
    },
    forget() {
      current = undefined;
    },
  };
}

/** One `Shared` for each key. */
export function sharedBy<T>(make: (key: string) => Promise<T>): (key: string) => Shared<T> {
  const all = new Map<string, Shared<T>>();
  return (key) => {
    const one = all.get(key) ?? shared(() => make(key));
    all.set(key, one);
    return one;
  };
}
