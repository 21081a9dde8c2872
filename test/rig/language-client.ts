/** An editor's side of the language server: a real client library on the real program, with marks in texts for cursors. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  type CompletionItem,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type Location,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";
import { configFolder } from "./config-files.ts";
import { Wakes } from "./wakes.ts";

const main = join(import.meta.dir, "../../src/cli/main.ts");

export class LanguageClient implements AsyncDisposable {
  readonly folder: string;
  readonly connection: ProtocolConnection;
  readonly #files: Disposable;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #published = new Map<string, { version: number | undefined; diagnostics: readonly Diagnostic[] }>();
  readonly #wakes = new Wakes();
  #version = 0;

  /** Starts the server in a folder with the files; `initialize` has been answered when it is returned. */
  static async start(files: Readonly<Record<string, string>>): Promise<LanguageClient> {
    const client = new LanguageClient(files);
    const { connection, folder } = client;
    const params = { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities: {} };
    await connection.sendRequest("initialize", params);
    await connection.sendNotification("initialized", {});
    return client;
  }

  private constructor(files: Readonly<Record<string, string>>) {
    const made = configFolder(files);
    this.#files = made;
    this.folder = made.folder;
    this.#child = spawn(process.execPath, [main, "lsp", "--stdio"], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder, DEVLOOP_HOME: join(this.folder, ".home") },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const reader = new StreamMessageReader(this.#child.stdout);
    this.connection = createProtocolConnection(reader, new StreamMessageWriter(this.#child.stdin));
    this.connection.onNotification(
      "textDocument/publishDiagnostics",
      (told: { uri: string; version?: number; diagnostics: Diagnostic[] }) => {
        this.#published.set(told.uri, { version: told.version, diagnostics: told.diagnostics });
        this.#wakes.wake();
      },
    );
    this.connection.listen();
  }

  uri(path: string): string {
    return pathToFileURL(join(this.folder, path)).href;
  }

  /** Opens the text, or changes it where it is open; gives what is wrong with this very text. */
  async put(path: string, text: string, how: "didOpen" | "didChange" = "didOpen"): Promise<readonly Diagnostic[]> {
    const version = ++this.#version;
    const uri = this.uri(path);
    const params =
      how === "didOpen"
        ? { textDocument: { uri, languageId: "yaml", version, text } }
        : { textDocument: { uri, version }, contentChanges: [{ text }] };
    await this.connection.sendNotification(`textDocument/${how}`, params);
    return this.#until(uri, (told) => told.version === version);
  }

  /** Waits for the next diagnostics of the document that are as wanted. */
  async until(path: string, wanted: (diagnostics: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
    return this.#until(this.uri(path), ({ diagnostics }) => wanted(diagnostics));
  }

  async #until(
    uri: string,
    wanted: (told: { version: number | undefined; diagnostics: readonly Diagnostic[] }) => boolean,
  ): Promise<readonly Diagnostic[]> {
    const deadline = AbortSignal.timeout(120_000);
    for (;;) {
      const told = this.#published.get(uri);
      if (told && wanted(told)) return told.diagnostics;
      deadline.throwIfAborted();
      await this.#wakes.next(deadline);
    }
  }

  /** Opens the text without its mark `‸` and asks about the place where that was. */
  async at<T>(method: string, path: string, marked: string): Promise<T> {
    const [before = "", after = ""] = marked.split("‸");
    await this.put(path, before + after);
    const lines = before.split("\n");
    const position = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
    return this.connection.sendRequest(`textDocument/${method}`, { textDocument: { uri: this.uri(path) }, position });
  }

  hover(path: string, marked: string): Promise<Hover | null> {
    return this.at("hover", path, marked);
  }

  async completions(path: string, marked: string): Promise<readonly string[]> {
    return (await this.at<CompletionItem[]>("completion", path, marked)).map(({ label }) => label);
  }

  definition(path: string, marked: string): Promise<Location[]> {
    return this.at("definition", path, marked);
  }

  /** Ends the session as an editor does; gives the exit code. */
  async stop(): Promise<number | null> {
    await this.connection.sendRequest("shutdown");
    return this.exit();
  }

  /** Ends it without asking first; gives the exit code. */
  async exit(): Promise<number | null> {
    const ended = once(this.#child, "exit");
    await this.connection.sendNotification("exit");
    return (await ended)[0] as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.dispose();
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    this.#files[Symbol.dispose]();
  }
}
