/**
 * A session of the language server: one client, one stream each way. Requests are answered in order; diagnostics are
 * computed concurrently, and a newer text of a document cancels the check of the older one. Only `exit` and the end of
 * the stream end the session.
 */

import type { Invocation } from "../command/command.ts";
import { version } from "../command/version.ts";
import { isCancelled } from "../diag/failure.ts";
import type { Json, JsonRecord } from "../std/data/json.ts";
import { isJsonRecord } from "../std/data/json.ts";
import { check } from "./check.ts";
import { complete } from "./complete.ts";
import { define } from "./define.ts";
import { frame, readMessages } from "./frames.ts";
import { hover } from "./hover.ts";
import { errorCodes, type Position } from "./protocol.ts";
import { OpenText } from "./text.ts";

const capabilities = {
  textDocumentSync: { openClose: true, change: 1, save: true },
  hoverProvider: true,
  completionProvider: { triggerCharacters: [" ", "-", "\n"] },
  definitionProvider: true,
};

export class LanguageServer {
  readonly #invocation: Invocation;
  readonly #send: (message: JsonRecord) => void;
  readonly #open = new Map<string, OpenText>();
  readonly #checks = new Map<string, AbortController>();
  #state: "new" | "running" | "shut down" = "new";

  constructor(invocation: Invocation, write: (text: string) => void) {
    this.#invocation = invocation;
    this.#send = (message) => write(frame(message));
  }

  /**
   * Serves until `exit` or the end of the stream.
   * @returns whether the client had asked for the shutdown before
   */
  async serve(stream: AsyncIterable<Uint8Array>): Promise<boolean> {
    for await (const message of readMessages(stream)) {
      const { method, id, params } = message;
      if (method === "exit") break;
      if (typeof method !== "string") continue;
      const given = isJsonRecord(params) ? params : {};
      if (id === undefined) this.#notified(method, given);
      else this.#answer(id, method, given);
    }
    for (const running of this.#checks.values()) running.abort();
    return this.#state === "shut down";
  }

  #answer(id: Json, method: string, params: JsonRecord): void {
    try {
      if (this.#state === "new" && method !== "initialize")
        return this.#refuse(id, errorCodes.notInitialized, "the session has not begun");
      if (this.#state === "shut down") return this.#refuse(id, errorCodes.invalidRequest, "the session has ended");
      const result = this.#request(method, params);
      if (result === undefined) this.#refuse(id, errorCodes.methodNotFound, `devloop does not do ${method}`);
      else this.#send({ id, result: result as Json });
    } catch (thrown) {
      this.#refuse(id, errorCodes.internal, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #refuse(id: Json, code: number, message: string): void {
    this.#send({ id, error: { code, message } });
  }

  /** The result of a request; undefined for an unknown method. */
  #request(method: string, params: JsonRecord): unknown {
    switch (method) {
      case "initialize":
        this.#state = "running";
        return { capabilities, serverInfo: { name: "devloop", version: version().version } };
      case "shutdown":
        this.#state = "shut down";
        return null;
      case "textDocument/hover":
        return this.#at(params, hover) ?? null;
      case "textDocument/completion":
        return this.#at(params, complete) ?? [];
      case "textDocument/definition":
        return this.#at(params, define) ?? [];
    }
    return undefined;
  }

  #at<T>(params: JsonRecord, ask: (document: OpenText, position: Position) => T): T | undefined {
    const document = this.#open.get(uriIn(params));
    const { position } = params;
    return document && isJsonRecord(position) ? ask(document, position as Position) : undefined;
  }

  #notified(method: string, params: JsonRecord): void {
    const uri = uriIn(params);
    const { textDocument, contentChanges } = params;
    const of = isJsonRecord(textDocument) ? textDocument : {};
    switch (method) {
      case "textDocument/didOpen":
        if (typeof of.text === "string") this.#put(new OpenText(uri, Number(of.version ?? 0), of.text));
        break;
      case "textDocument/didChange": {
        const last = Array.isArray(contentChanges) ? (contentChanges.at(-1) as Json | undefined) : undefined;
        if (isJsonRecord(last) && typeof last.text === "string")
          this.#put(new OpenText(uri, Number(of.version ?? 0), last.text));
        break;
      }
      case "textDocument/didSave":
        // Every open document may require this file, so all are checked again.
        for (const document of this.#open.values()) this.#startCheck(document);
        break;
      case "textDocument/didClose":
        this.#open.delete(uri);
        this.#checks.get(uri)?.abort();
        this.#checks.delete(uri);
        this.#publish(uri, []);
        break;
    }
  }

  #put(document: OpenText): void {
    this.#open.set(document.uri, document);
    this.#startCheck(document);
  }

  #startCheck(document: OpenText): void {
    this.#checks.get(document.uri)?.abort();
    const controller = new AbortController();
    this.#checks.set(document.uri, controller);
    void this.#check(document, AbortSignal.any([controller.signal, this.#invocation.signal]));
  }

  async #check(document: OpenText, signal: AbortSignal): Promise<void> {
    const openText = (path: string) => this.#open.values().find((each) => each.path === path)?.text;
    try {
      const diagnostics = await check(document, this.#invocation, openText, signal);
      if (!signal.aborted) this.#publish(document.uri, diagnostics, document.version);
    } catch (thrown) {
      if (isCancelled(thrown, signal)) return;
      const message = `devloop could not check this file: ${thrown instanceof Error ? thrown.message : thrown}`;
      this.#send({ method: "window/logMessage", params: { type: 1, message } });
    }
  }

  #publish(uri: string, diagnostics: readonly Json[], version?: number): void {
    const params = { uri, diagnostics, ...(version === undefined ? {} : { version }) };
    this.#send({ method: "textDocument/publishDiagnostics", params });
  }
}

function uriIn({ textDocument }: JsonRecord): string {
  return isJsonRecord(textDocument) && typeof textDocument.uri === "string" ? textDocument.uri : "";
}
