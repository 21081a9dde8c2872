/** What reaches the terminal of an event, and whether a terminal would obey anything in it. */
import { expect } from "bun:test";
import type { Event } from "../../src/event/event.ts";
import { painter } from "../../src/ui/paint.ts";
import { PlainView } from "../../src/ui/plain.ts";

/** Everything that a text may do to a terminal. */
export const evil = "\u001b]52;c;Y3VybCBldmlsfHNo\u0007\u001b[2J\u001b[H\u009b31m\u202efake: Deployments stabilized";

export function shown(...events: readonly Event[]): string {
  const lines: string[] = [];
  const view = new PlainView({
    out: (line) => lines.push(line),
    err: (text) => lines.push(text),
    paint: painter(false, {}, 34),
    level: "info",
    timestamps: false,
    logPrefix: "container",
    cwd: "/project",
  });
  for (const event of events) view.show({ at: 0, event });
  const text = lines.join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  return text;
}
