/**
 * Text that comes in pieces of any size, cut into lines. Time and memory stay proportional to the text: an unfinished
 * line is not searched again, and a line without an end is handed on in parts.
 * A line ends with `\n`, with `\r\n`, or with a lone `\r`, which programs print to overwrite a line of a terminal.
 */
export interface LineSplitter {
  take(text: string): void;
  /** Ends the text: what stands after the last line end is handed on as a line. */
  end(): void;
}

/** @param longest characters of a line that are handed on before its end has come; the rest follows as the next line */
export function lineSplitter(onLine: (line: string) => void, longest: number): LineSplitter {
  let open: string[] = [];
  let size = 0;
  /** True where the last character was a `\r`: a `\n` behind it belongs to the same line end. */
  let returned = false;
  /** True where a part of a line was handed on: a line end directly behind that part makes no empty line. */
  let cut = false;
  const give = () => {
    const line = open.length === 1 ? (open[0] ?? "") : open.join("");
    open = [];
    size = 0;
    if (line !== "" || !cut) onLine(line);
    cut = false;
  };
  const hold = (part: string) => {
    let rest = part;
    while (size + rest.length >= longest) {
      const room = longest - size;
      open.push(rest.slice(0, room));
      rest = rest.slice(room);
      give();
      cut = true;
    }
    if (rest === "") return;
    open.push(rest);
    size += rest.length;
  };
  return {
    take(text) {
      if (text === "") return;
      const fresh = returned && text.startsWith("\n") ? text.slice(1) : text;
      returned = text.endsWith("\r");
      const parts = fresh.split(/\r\n|\n|\r/);
      const last = parts.pop() ?? "";
      for (const part of parts) {
        hold(part);
        give();
      }
      hold(last);
    },
    end() {
      if (size > 0) give();
    },
  };
}

/** The lines of a whole text, without an empty line after the last line end. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
