/** Prefixes of container logs, as the reference tool's `deploy.logs.prefix` says, with one colour for each image. */
import type { Event } from "../event/event.ts";
import { logColors, type Paint } from "./paint.ts";

export type LogPrefixMode = "container" | "podAndContainer" | "auto" | "none";

export class LogPrefixes {
  readonly #mode: () => LogPrefixMode;
  readonly #colored: boolean;
  readonly #colors = new Map<string, number>();

  /** @param mode called for each line, because a reload may change it */
  constructor(mode: () => LogPrefixMode, paint: Paint) {
    this.#mode = mode;
    this.#colored = paint("", "dim") !== "";
  }

  line(event: Event & { type: "log" }): string {
    const prefix = this.#prefix(event);
    if (prefix === "") return event.line;
    return `${this.#colored ? `\u001b[${this.#color(event.artifact)}m${prefix}\u001b[0m` : prefix} ${event.line}`;
  }

  #prefix({ pod, container }: Event & { type: "log" }): string {
    switch (this.#mode()) {
      case "none":
        return "";
      case "container":
        return `[${container}]`;
      case "podAndContainer":
        return `[${pod} ${container}]`;
      case "auto":
        return pod === container ? `[${pod}]` : `[${pod} ${container}]`;
    }
  }

  #color(artifact: string): number {
    const known = this.#colors.get(artifact);
    if (known !== undefined) return known;
    const color = logColors[this.#colors.size % logColors.length] ?? 0;
    this.#colors.set(artifact, color);
    return color;
  }
}
