/** Colours for terminals. Decides the colour of each role; no other file of `ui/` writes an escape sequence. */
import type { Painter } from "../diag/print.ts";

export type Role = "ok" | "warning" | "error" | "hint" | "dim" | "place" | "text";
export type Paint = (text: string, role: Role) => string;

const codes: Record<Exclude<Role, "text">, number> = { ok: 32, warning: 33, error: 31, hint: 36, dim: 90, place: 1 };

/** No colour for a pipe, for NO_COLOR, and for `--color 0`. `color` is the ANSI code of ordinary text. */
export function painter(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>, color: number): Paint {
  const off = (!isTerminal && !env.FORCE_COLOR) || Boolean(env.NO_COLOR) || color === 0;
  if (off) return (text) => text;
  return (text, role) => `\u001b[${role === "text" ? color : codes[role]}m${text}\u001b[0m`;
}

export function diagnosticPainter(paint: Paint): Painter {
  return (text, role) => paint(text, role);
}

/** Colours of log prefixes, one for each image in turn, as in the reference tool. */
export const logColors: readonly number[] = [91, 92, 93, 94, 95, 31, 32, 33, 34, 35, 36];
