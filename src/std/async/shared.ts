/**
 * Work that is done once for several callers: a connection, a listing, a credential. It is nobody's: a caller whose
 * signal is aborted stops waiting, and the others still get the result. A failure is thrown to those who wait for it
 * and is not remembered: the next caller begins the work again.
 */
import { abortable } from "./abortable.ts";

export interface Shared<T> {
  /** The result, of work that is begun now where none is known or under way. @throws the signal's reason, or the failure */
  get(signal?: AbortSignal): Promise<T>;
  /** The next call begins the work again. */
  forget(): void;
}

/** @param make may not depend on one caller: where it can be ended, its owner ends it */
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

/** The same for each key. */
export function sharedBy<T>(make: (key: string) => Promise<T>): (key: string) => Shared<T> {
  const all = new Map<string, Shared<T>>();
  return (key) => {
    const one = all.get(key) ?? shared(() => make(key));
    all.set(key, one);
    return one;
  };
}
