/** `devloop lsp`: the language server for skaffold.yaml, on standard input and output. An editor starts it. */

import type { Run } from "../../command/command.ts";
import { exitCode } from "../../diag/exit.ts";
import { LanguageServer } from "../../lsp/server.ts";

export const run: Run = async (invocation) => {
  const { stdout, signal } = invocation;
  invocation.staysUntilSignal();
  const reader = Bun.stdin.stream().getReader();
  signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), { once: true });
  const server = new LanguageServer(invocation, (text) => stdout.write(text));
  const asked = await server.serve(chunks(reader));
  return asked || signal.aborted ? exitCode.ok : exitCode.failed;
};

interface Reader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

async function* chunks(reader: Reader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return;
    yield value;
  }
}
