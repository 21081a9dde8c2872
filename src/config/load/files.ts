/**
 * Config files by their location: a path, a folder, an address, or standard input. Each file is read once. Every path
 * that was tried is recorded, because a change of one of them requires loading the project again.
 */

import { readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Diagnostic } from "../../diag/diagnostic.ts";
import { Failure } from "../../diag/failure.ts";
import { fileErrorWords } from "../../std/file-error.ts";
import { isAddress } from "../resolve/scope.ts";
import type { Report } from "../schema/report.ts";
import { Source } from "../yaml/source.ts";
import { type ConfigDocument, readDocuments } from "./documents.ts";
import { existingConfig, rootConfig, shownPath } from "./find.ts";
import type { LoadOptions } from "./options.ts";

export interface ConfigFile {
  /** Absolute path, address, or `-`. */
  readonly file: string;
  readonly documents: readonly ConfigDocument[];
}

export class ConfigFiles {
  readonly #options: LoadOptions;
  readonly #report: Report;
  readonly #known = new Map<string, Promise<ConfigFile>>();
  readonly #paths = new Set<string>();

  constructor(options: LoadOptions, report: Report) {
    this.#options = options;
    this.#report = report;
  }

  /** Absolute paths of files that were read or tried. */
  paths(): readonly string[] {
    return [...this.#paths].sort();
  }

  /** The root config. @throws Failure where none exists */
  async root(): Promise<ConfigFile> {
    return this.at(rootConfig(this.#options.cwd, this.#options.file));
  }

  /** The config file, read at the first call. @throws Failure where it cannot be read */
  at(file: string): Promise<ConfigFile> {
    const known = this.#known.get(file);
    if (known) return known;
    const reading = this.#read(file);
    this.#known.set(file, reading);
    return reading;
  }

  /** The file that a required path refers to, relative to the folder of the config file that requires it. */
  required(path: string, folder: string): string {
    if (isAddress(path)) return path;
    return existingConfig(isAbsolute(path) ? path : join(folder, path), (candidate) => this.note(candidate));
  }

  async #read(file: string): Promise<ConfigFile> {
    const text = await this.#text(file);
    const source = new Source(file, shownPath(file, this.#options.cwd), text);
    return { file, documents: readDocuments(source, this.#report) };
  }

  async #text(file: string): Promise<string> {
    const { text, fetchText, signal } = this.#options;
    if (file === "-") return text ?? "";
    if (isAddress(file)) {
      if (fetchText) return fetchText(file, signal);
      throw new Failure(`${file} cannot be fetched here`);
    }
    this.#paths.add(file);
    const open = this.#options.openText?.(file);
    if (open !== undefined) return open;
    try {
      return readFileSync(file, "utf8");
    } catch (thrown) {
      throw new Failure(unreadable(shownPath(file, this.#options.cwd), thrown));
    }
  }

  /** The folder that relative paths in the file are relative to when another config requires it. */
  folderOf(file: string): string {
    return file === "-" || isAddress(file) ? this.#options.cwd : dirname(file);
  }

  /** Records a file that was tried beside the configs. */
  note(path: string): void {
    this.#paths.add(path);
  }
}

function unreadable(shown: string, thrown: unknown): Diagnostic {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "ENOENT")
    return { severity: "error", message: `${shown} is not there`, suggestion: `is ${basename(shown)} the right name?` };
  return { severity: "error", message: `${shown} cannot be read: ${fileErrorWords(thrown)}` };
}
