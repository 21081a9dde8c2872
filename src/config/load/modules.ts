/**
 * The modules of the project: the root file's documents and what they require, depth first, so that a required module
 * comes before those that require it. Decides the profiles of each module. Refuses circles, unknown modules, two
 * modules of one name, and one module under two sets of profiles.
 */

import { Failure } from "../../diag/failure.ts";
import { closest } from "../../std/text/edit-distance.ts";
import { type ActiveProfile, activeProfiles, usesContext } from "../profile/activation.ts";
import { complain, type Report } from "../schema/report.ts";
import { child, childItems, childText, type Node, placeOf, type ScalarNode } from "../yaml/tree.ts";
import type { ConfigDocument } from "./documents.ts";
import type { ConfigFile, ConfigFiles } from "./files.ts";
import type { GitRequest, LoadOptions } from "./options.ts";

export interface ChosenModule {
  readonly document: ConfigDocument;
  readonly file: string;
  readonly profiles: readonly ActiveProfile[];
  /** The folder that relative paths of the module are relative to. */
  readonly directory: string;
}

interface Visit {
  readonly chosen: ChosenModule;
  readonly profileNames: string;
  needed: boolean;
  state: "open" | "done";
}

/**
 * How a file is visited: which of its modules, under which additional profiles, and the requirement that leads to it.
 */
interface Entry {
  readonly names: readonly ScalarNode[];
  readonly profiles: readonly string[];
  readonly needed: boolean;
  readonly from?: { readonly document: ConfigDocument; readonly requirement: Node };
}

/** Values that the activation of profiles may depend on. */
export interface Surroundings {
  variable(name: string): string | undefined;
  /** The effective Kubernetes context; read only where a condition needs it. */
  kubeContext(): Promise<string>;
}

export class ModuleWalk {
  readonly chosen: ChosenModule[] = [];
  /** Every module name and every profile name that was seen, for messages. */
  readonly names = new Set<string>();
  readonly profileNames = new Set<string>();
  readonly #options: LoadOptions;
  readonly #files: ConfigFiles;
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  readonly #visits = new Map<ConfigDocument, Visit>();
  readonly #nameOwners = new Map<string, ConfigDocument>();
  readonly #path: ConfigDocument[] = [];
  readonly #clones = new Map<string, Promise<string>>();
  #root = "";

  constructor(options: LoadOptions, files: ConfigFiles, surroundings: Surroundings, report: Report) {
    this.#options = options;
    this.#files = files;
    this.#surroundings = surroundings;
    this.#report = report;
  }

  async run(root: ConfigFile): Promise<void> {
    this.#root = root.file;
    await this.#file(root, { names: [], profiles: [], needed: (this.#options.modules ?? []).length === 0 });
  }

  async #file({ file, documents }: ConfigFile, entry: Entry): Promise<void> {
    for (const document of documents) this.#own(document);
    this.#unknownNames(documents, entry);
    const wanted = new Set(entry.names.map(({ text }) => text));
    for (const document of documents) {
      if (wanted.size > 0 && !wanted.has(document.name)) continue;
      // A document that requires all documents of its own file does not require itself.
      if (wanted.size === 0 && entry.from?.document === document) continue;
      await this.#document(document, file, entry);
    }
  }

  #own(document: ConfigDocument): void {
    if (document.name === "") return;
    const owner = this.#nameOwners.get(document.name);
    this.names.add(document.name);
    if (owner === undefined) this.#nameOwners.set(document.name, document);
    if (owner === undefined || owner === document) return;
    const node = child(child(document.tree, "metadata"), "name") ?? document.tree;
    const { file, line } = owner.at;
    complain(this.#report, "error", node, `there are two modules named ${document.name}, the other in ${file}:${line}`);
  }

  #unknownNames(documents: readonly ConfigDocument[], { names }: Entry): void {
    const there = documents.flatMap(({ name }) => (name === "" ? [] : [name]));
    for (const node of names) {
      if (there.includes(node.text)) continue;
      const near = closest(node.text, there);
      const list = there.length === 0 ? "its modules have no names" : `it has ${there.join(", ")}`;
      const message = `there is no module ${JSON.stringify(node.text)} in that file`;
      complain(this.#report, "error", node, message, near === undefined ? list : `did you mean ${near}?`);
    }
  }

  async #document(document: ConfigDocument, file: string, entry: Entry): Promise<void> {
    const named = this.#options.modules ?? [];
    const needed = entry.needed || named.includes(document.name);
    const profiles = await this.#profiles(document, file, entry.profiles);
    const visit = this.#visits.get(document);
    if (visit && !this.#revisit(visit, profiles, needed, entry)) return;
    const directory = file === this.#root ? this.#options.cwd : this.#files.folderOf(file);
    const chosen = visit?.chosen ?? { document, file, profiles, directory };
    const open: Visit = { chosen, profileNames: namesOf(profiles), needed, state: "open" };
    this.#visits.set(document, open);
    this.#path.push(document);
    for (const requirement of childItems(document.tree, "requires"))
      await this.#require(requirement, document, file, profiles, needed);
    this.#path.pop();
    open.state = "done";
    if (needed) this.chosen.push(chosen);
  }

  /** Whether the module is visited again: only where it is needed now and was not needed before. */
  #revisit(visit: Visit, profiles: readonly ActiveProfile[], needed: boolean, entry: Entry): boolean {
    const at = entry.from?.requirement ?? visit.chosen.document.tree;
    if (visit.state === "open") {
      this.#circle(visit.chosen.document, at);
      return false;
    }
    const names = namesOf(profiles);
    if (names !== visit.profileNames) {
      const label = labelOf(visit.chosen.document);
      const [first, second] = [visit.profileNames, names].map((text) => (text === "" ? "none" : text));
      const message = `${label} is required with the profiles ${second}, but elsewhere with ${first}`;
      complain(this.#report, "error", at, message, "a module is loaded once, with one set of profiles");
      return false;
    }
    return needed && !visit.needed;
  }

  #circle(document: ConfigDocument, at: Node): void {
    const circle = [...this.#path.slice(this.#path.indexOf(document)), document].map(labelOf);
    complain(this.#report, "error", at, `modules require each other in a circle: ${circle.join(" -> ")}`);
  }

  async #profiles(
    document: ConfigDocument,
    file: string,
    required: readonly string[],
  ): Promise<readonly ActiveProfile[]> {
    const { profiles: fromFlag = [], autoActivation = true, propagateProfiles = true } = this.#options;
    const nodes = childItems(document.tree, "profiles");
    for (const node of nodes) this.profileNames.add(childText(node, "name") ?? "");
    const flags = file === this.#root || propagateProfiles ? fromFlag : [];
    const request = { named: [...flags, ...required], automatic: autoActivation };
    const { variable, kubeContext: asked } = this.#surroundings;
    const kubeContext = autoActivation && nodes.some(usesContext) ? await asked() : "";
    const context = { command: this.#options.command, variable, kubeContext };
    return activeProfiles(nodes, request, context, this.#report);
  }

  async #require(
    requirement: Node,
    document: ConfigDocument,
    file: string,
    active: readonly ActiveProfile[],
    needed: boolean,
  ): Promise<void> {
    const target = await this.#target(requirement, file);
    if (target === undefined) return;
    const names = childItems(requirement, "configs").filter((node) => node.kind === "scalar");
    const profiles = childItems(requirement, "activeProfiles").flatMap((node) => {
      const by = childItems(node, "activatedBy").map((item) => (item.kind === "scalar" ? item.text : ""));
      const holds = by.length === 0 || active.some(({ name }) => by.includes(name));
      const name = childText(node, "name");
      return holds && name !== undefined ? [name] : [];
    });
    const entry: Entry = { names, profiles, needed, from: { document, requirement } };
    await this.#file(target, entry);
    this.#unknownProfiles(requirement, target);
  }

  #unknownProfiles(requirement: Node, { documents }: ConfigFile): void {
    const known = documents.flatMap(({ tree }) => childItems(tree, "profiles").map((p) => childText(p, "name") ?? ""));
    for (const entry of childItems(requirement, "activeProfiles")) {
      const node = child(entry, "name");
      if (node?.kind !== "scalar" || known.includes(node.text)) continue;
      const near = closest(node.text, known);
      const suggestion = near === undefined ? undefined : `did you mean ${near}?`;
      complain(this.#report, "error", node, `that file has no profile ${JSON.stringify(node.text)}`, suggestion);
    }
  }

  /** The required file; undefined where a diagnostic was reported, or where another check reports it. */
  async #target(requirement: Node, file: string): Promise<ConfigFile | undefined> {
    const { signal } = this.#options;
    const git = child(requirement, "git");
    const at = child(requirement, "path") ?? git ?? requirement;
    try {
      if (git) return await this.#files.at(await this.#cloned(git));
      if (child(requirement, "googleCloudStorage") || child(requirement, "googleCloudBuildRepoV2")) return undefined;
      const path = childText(requirement, "path");
      return await this.#files.at(path === undefined ? file : this.#files.required(path, this.#files.folderOf(file)));
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof Failure)) throw thrown;
      for (const diagnostic of thrown.diagnostics) this.#report({ at: placeOf(at), ...diagnostic });
      return undefined;
    }
  }

  async #cloned(git: Node): Promise<string> {
    const { fetchGit, signal } = this.#options;
    if (!fetchGit) throw new Failure("required repositories cannot be fetched here");
    const [ref, sync] = [childText(git, "ref"), child(git, "sync")];
    const request: GitRequest = {
      repo: childText(git, "repo") ?? "",
      ...(ref === undefined ? {} : { ref }),
      ...(sync?.kind === "scalar" && typeof sync.value === "boolean" ? { sync: sync.value } : {}),
    };
    // Each repository is fetched once, so that all modules of a run see the same state of it.
    const key = JSON.stringify(request);
    const fetching = this.#clones.get(key) ?? fetchGit(request, signal);
    this.#clones.set(key, fetching);
    const folder = await fetching;
    return this.#files.required(childText(git, "path") ?? ".", folder);
  }
}

export function labelOf({ name, source, index }: ConfigDocument): string {
  return name === "" ? `${source.shown}#${index + 1}` : name;
}

function namesOf(profiles: readonly ActiveProfile[]): string {
  return profiles
    .map(({ name }) => name)
    .sort()
    .join(", ");
}
