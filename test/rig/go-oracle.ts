/**
 * Go as an oracle: a small program (`go-oracle/`) that answers what the real implementations do. It is built once per
 * content of its sources into the user's cache directory, and one process of it answers all of a test file's questions.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../../src/std/digest.ts";

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
  const child = Bun.spawn([await builtOracle()], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
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

async function builtOracle(): Promise<string> {
  const files = readdirSync(source).sort();
  const digest = sha256(files.map((name) => `${name}\n${readFileSync(join(source, name), "utf8")}`).join("\n"));
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "devloop", "test");
  const binary = join(folder, `go-oracle-${digest.slice(0, 16)}`);
  if (existsSync(binary)) return binary;
  await mkdir(folder, { recursive: true });
  const fresh = `${binary}.${process.pid}`;
  const child = Bun.spawn(["go", "build", "-trimpath", "-o", fresh, "."], {
    cwd: source,
    stdout: "inherit",
    stderr: "pipe",
    env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly", CGO_ENABLED: "0" },
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`go build of the oracle failed: ${said}`);
  await rename(fresh, binary).finally(() => rm(fresh, { force: true }));
  return binary;
}
