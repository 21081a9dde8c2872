/** Carries events in order from the code that emits them to listeners that show or store them, and adds the time. */
import type { Clock } from "../std/clock.ts";
import type { Event } from "./event.ts";

/** `at` is milliseconds since the epoch. */
export type Stamped = { readonly at: number; readonly event: Event };
export type Listener = (stamped: Stamped) => void;

export class Bus {
  readonly #listeners = new Set<Listener>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Listeners run synchronously, in order of subscription; an exception of a listener is a programmer's error and is
   * not caught.
   */
  readonly emit = (event: Event): void => {
    const stamped = { at: this.#clock.now(), event };
    for (const listener of this.#listeners) listener(stamped);
  };

  /** @returns a function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
