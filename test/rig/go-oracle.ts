/**
 * Go as an oracle: a small program (`go-oracle/`) that answers what the real implementations do. One process of
 * it answers all of a test file's questions.
 */
import { join } from "node:path";
import { builtGoProgram } from "./go-program.ts";

export interface GoAnswer {
  readonly text: string;
  readonly texts?: readonly string[];
  readonly flags?: readonly boolean[];
  readonly error?: string;
}

export interface GoOracle extends AsyncDisposable {
  /** One question; answers come in the order of the questions. */
  ask(question: { readonly op: string } & Readonly<Record<string, unknown>>): Promise<GoAnswer>;
}

const source = join(import.meta.dir, "go-oracle");

export async function goOracle(): Promise<GoOracle> {
  const child = Bun.spawn([await builtGoProgram(source)], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const waiting: ((line: string) => void)[] = [];
  const reading = (async () => {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) waiting.shift()?.(line);
    }
  })();
  return {
    async ask(question) {
      const line = new Promise<string>((answered) => waiting.push(answered));
      child.stdin.write(`${JSON.stringify(question)}\n`);
      child.stdin.flush();
      return JSON.parse(await line);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await reading;
      await child.exited;
    },
  };
}
