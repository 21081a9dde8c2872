/**
 * A source text with everything blanked that is no code: comments, the contents of texts and of patterns. Lengths and
 * lines stay, so that a place in the result is the same place in the source. What is between `${` and `}` is code.
 */

/** A text of the same length. */
export function codeOnly(source: string): string {
  return new Blanker(source).all();
}

/** After these a slash begins a pattern; after anything else it divides. */
const beforePattern =
  /(?:^|[=(,:;[!&|?{}+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))\s*$/;

class Blanker {
  readonly #source: string;
  readonly #out: string[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#out = [...source].length === source.length ? [...source] : source.split("");
  }

  all(): string {
    this.#code(undefined);
    return this.#out.join("");
  }

  /** Passes over code to the end, or to the brace that closes what began before it. */
  #code(closing: "}" | undefined): void {
    let depth = 0;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at];
      const two = this.#source.slice(this.#at, this.#at + 2);
      if (two === "//") this.#blankTo(this.#find("\n"));
      else if (two === "/*") this.#blankTo(this.#find("*/") + 2);
      else if (char === '"' || char === "'") this.#quoted(char);
      else if (char === "`") this.#template();
      else if (char === "/" && beforePattern.test(this.#out.slice(0, this.#at).join("").slice(-80))) this.#pattern();
      else {
        if (char === "{") depth++;
        if (char === "}" && closing !== undefined && depth-- === 0) return;
        this.#at++;
      }
    }
  }

  #quoted(quote: string): void {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== quote) end += this.#source[end] === "\\" ? 2 : 1;
    this.#at++;
    this.#blankTo(end);
    this.#at++;
  }

  #template(): void {
    for (this.#at++; this.#at < this.#source.length; ) {
      const char = this.#source[this.#at];
      if (char === "`") break;
      if (char === "$" && this.#source[this.#at + 1] === "{") {
        this.#at += 2;
        this.#code("}");
        this.#at++;
      } else this.#blankTo(this.#at + (char === "\\" ? 2 : 1));
    }
    this.#at++;
  }

  #pattern(): void {
    let inClass = false;
    let end = this.#at + 1;
    for (; end < this.#source.length; end++) {
      const char = this.#source[end];
      if (char === "\\") end++;
      else if (char === "[") inClass = true;
      else if (char === "]") inClass = false;
      else if ((char === "/" && !inClass) || char === "\n") break;
    }
    this.#at++;
    this.#blankTo(end);
    this.#at++;
  }

  #find(text: string): number {
    const found = this.#source.indexOf(text, this.#at);
    return found < 0 ? this.#source.length : found;
  }

  #blankTo(end: number): void {
    for (; this.#at < Math.min(end, this.#source.length); this.#at++)
      if (this.#out[this.#at] !== "\n") this.#out[this.#at] = " ";
  }
}
