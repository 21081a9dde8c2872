/**
 * Reads a log with the time before each line. A connection that breaks or stays silent ends the reading: the caller
 * continues from the last position. An unfinished line at such an end comes again as a whole, or is handed on as it is
 * where the caller learns that nothing follows.
 */
import { discard } from "../connect/discard.ts";

/** Longer lines are handed on in parts, so that an endless one does not fill the memory. */
const longestLine = 1 << 20;
const timeAndSpace = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d) /;

export interface LogReading {
  /** Whether any line was new. */
  readonly any: boolean;
  /** False: the connection broke or stayed silent. */
  readonly whole: boolean;
  /** Hands on the unfinished last line, where nothing follows. */
  giveRest(): void;
}

/**
 * Reads the lines of an answer.
 * @param take gets each line with its time, undefined for the further parts of a long line, and returns whether the
 * line was new
 * @param final nothing follows the answer, so an unfinished last line counts
 * @throws the signal's reason
 */
export async function readLogLines(
  response: Response,
  silentMs: number,
  final: boolean,
  signal: AbortSignal,
  take: (time: string | undefined, line: string) => boolean,
): Promise<LogReading> {
  const reader = response.body?.getReader();
  if (!reader) return { any: false, whole: true, giveRest: () => undefined };
  const decoder = new TextDecoder();
  let open: string[] = [];
  let size = 0;
  let any = false;
  let whole = true;
  let continued = false;
  const give = (line: string) => {
    const time = continued ? undefined : timeAndSpace.exec(line)?.[0];
    // A line without a time is not the container's: it is a message of the node about why the log ends.
    if (time === undefined && !continued) {
      if (line !== "") whole = false;
      return;
    }
    const isNew = time === undefined ? take(undefined, line) : take(time.trimEnd(), line.slice(time.length));
    any ||= isNew;
    continued = false;
  };
  /** Hands on the unfinished last line. */
  const takeOpen = () => {
    const line = open.join("");
    open = [];
    size = 0;
    return line;
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = () => {
    whole = false;
    reader.cancel().catch(() => undefined);
  };
  try {
    for (;;) {
      timer = setTimeout(silent, silentMs);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) break;
      const [first = "", ...others] = decoder.decode(value, { stream: true }).split("\n");
      open.push(first);
      size += first.length;
      if (others.length > 0) {
        const lines = [takeOpen(), ...others.slice(0, -1)];
        for (const line of lines) give(line);
        open = [others.at(-1) ?? ""];
        size = open[0]?.length ?? 0;
      }
      if (size < longestLine) continue;
      give(takeOpen());
      continued = true;
    }
  } catch {
    whole = false;
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
    await discard(response);
  }
  signal.throwIfAborted();
  const giveRest = () => {
    const rest = takeOpen();
    if (rest !== "") give(rest);
  };
  if (final && whole) giveRest();
  return { any, whole, giveRest };
}
