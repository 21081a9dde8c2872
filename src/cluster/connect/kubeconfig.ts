/**
 * Reads kubeconfig files as kubectl does: which files count, how several are merged, and which context is current.
 * The first file that names a cluster, user or context wins as a whole; an entry is never mixed from two files. Paths
 * in an entry are relative to its file. A file that is not YAML is refused, with the place.
 */
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { Failure } from "../../diag/failure.ts";
import { checkEntry } from "./kubeconfig-types.ts";

/** An entry of a kubeconfig list, with the file that it came from. */
export interface Entry<T> {
  readonly file: string;
  readonly value: T;
}

export interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
  readonly extensions?: readonly { readonly name?: string; readonly extension?: unknown }[] | null;
}

export interface ExecEntry {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}

export interface AuthProvider {
  readonly name?: string;
  readonly config?: Readonly<Record<string, string | undefined>>;
}

export interface UserEntry {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly "as-uid"?: string;
  readonly "as-groups"?: readonly string[];
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>>;
  readonly exec?: ExecEntry;
  readonly "auth-provider"?: AuthProvider;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

export interface Kubeconfig {
  /** The files that were read, in order. Empty where no kubeconfig exists. */
  readonly files: readonly string[];
  /** The files that would have been read had they existed. */
  readonly candidates: readonly string[];
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, Entry<ClusterEntry>>;
  readonly users: ReadonlyMap<string, Entry<UserEntry>>;
  readonly contexts: ReadonlyMap<string, Entry<ContextEntry>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The paths of kubeconfigs: `--kubeconfig` alone, else the list in KUBECONFIG, else the file in the home folder. */
export function kubeconfigFiles(flag: string | undefined, env: Environment): readonly string[] {
  if (flag) return [flag];
  const list = (env.KUBECONFIG ?? "").split(process.platform === "win32" ? ";" : ":").filter((file) => file !== "");
  if (list.length > 0) return [...new Set(list)];
  return [join(env.HOME ?? homedir(), ".kube", "config")];
}

/**
 * Reads and merges. Missing files of a list are ignored.
 * @throws Failure where `flag` names no file, or a file cannot be read or is not YAML
 */
export async function loadKubeconfig(flag: string | undefined, env: Environment): Promise<Kubeconfig> {
  const candidates = kubeconfigFiles(flag, env);
  const clusters = new Map<string, Entry<ClusterEntry>>();
  const users = new Map<string, Entry<UserEntry>>();
  const contexts = new Map<string, Entry<ContextEntry>>();
  const files: string[] = [];
  let currentContext: string | undefined;
  for (const file of candidates) {
    const text = await readConfig(file, flag !== undefined && flag !== "");
    if (text === undefined) continue;
    files.push(file);
    const raw = parseConfig(file, text);
    currentContext ??= typeof raw["current-context"] === "string" ? raw["current-context"] || undefined : undefined;
    collect(raw.clusters, "cluster", file, clusters);
    collect(raw.users, "user", file, users);
    collect(raw.contexts, "context", file, contexts);
  }
  return { files, candidates, currentContext, clusters, users, contexts };
}

/** The current context's name alone: where the file has kubectl's own form, only one line is read. */
export async function currentContext(flag: string | undefined, env: Environment): Promise<string | undefined> {
  for (const file of kubeconfigFiles(flag, env)) {
    const text = await readConfig(file, flag !== undefined && flag !== "");
    const line = text === undefined ? undefined : /^current-context:[ \t]*([\w.@:/-]*)[ \t]*$/m.exec(text);
    if (line?.[1]) return line[1];
    // JSON, flow style or quoted names: only the parser can read it.
    if (text?.includes("current-context") && !line) return (await loadKubeconfig(flag, env)).currentContext;
  }
  return undefined;
}

/** A path in an entry as an absolute one. */
export function entryPath(file: string, path: string): string {
  return path.startsWith("/") ? path : join(dirname(file), path);
}

async function readConfig(file: string, mustExist: boolean): Promise<string | undefined> {
  try {
    return await Bun.file(file).text();
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === "ENOENT" && !mustExist) return undefined;
    const why = code === "ENOENT" ? "there is no such file" : cause instanceof Error ? cause.message : String(cause);
    throw new Failure({ severity: "error", message: `cannot read the kubeconfig ${file}: ${why}` });
  }
}

function parseConfig(file: string, text: string): Readonly<Record<string, unknown>> {
  const value = parseYaml(file, text);
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw new Failure({ severity: "error", message: `${file} is not a kubeconfig: it holds no mapping` });
  return value as Record<string, unknown>;
}

/**
 * Uses the runtime's own fast reader; a text that it refuses is read again by the YAML library, to find the place of
 * the error.
 */
function parseYaml(file: string, text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch {
    return parseAtLength(file, text);
  }
}

function parseAtLength(file: string, text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const error = document.errors[0];
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    const source = text.split("\n")[line - 1] ?? "";
    throw new Failure({
      severity: "error",
      message: `the kubeconfig is not valid YAML: ${error.message.split("\n")[0]}`,
      at: { file, line, column: col, length: 1, text: source },
    });
  }
  try {
    return document.toJS();
  } catch {
    // The remaining cause is an alias that repeats itself many times.
    throw new Failure({ severity: "error", message: `the kubeconfig ${file} grows too large by its aliases` });
  }
}

/** Entries without a name or a body are ignored, as in kubectl. */
function collect<T>(list: unknown, field: string, file: string, into: Map<string, Entry<T>>): void {
  if (!Array.isArray(list)) return;
  for (const item of list as (Record<string, unknown> | null)[]) {
    const name = item?.name;
    if (typeof name !== "string" || into.has(name)) continue;
    checkEntry(item?.[field], field, name, file);
    into.set(name, { file, value: (item?.[field] ?? {}) as T });
  }
}
