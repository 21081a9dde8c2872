/**
 * Processes one stage's instructions in order, as BuildKit does, and keeps the environment, the build args and the
 * working directory that later words are expanded with.
 */

import { Unreadable } from "../context/unreadable.ts";
import { isKnown } from "./args.ts";
import { expandWord } from "./expand.ts";
import { type Instruction, readInstructions } from "./instructions.ts";
import type { BaseImage, CopyStep, Origin, Stage, Step } from "./plan.ts";
import { assignments, flagValues, isSet, listOf } from "./words.ts";

/** The state that a stage passes to a stage that starts from it. */
export interface Scope {
  /** Variables by name; null: set to a value that only the base image can tell. */
  readonly values: ReadonlyMap<string, string | null>;
  /** The variables that an ENV has set. */
  readonly fromEnv: ReadonlySet<string>;
  /** True when a variable that is not in `values` is certainly unset. */
  readonly complete: boolean;
  readonly workdir: string | null;
  readonly onBuild: readonly string[];
}

export interface StageContext {
  readonly escapeChar: string;
  readonly origin: Stage["base"];
  readonly parent: Scope | undefined;
  readonly known: BaseImage | undefined;
  /** The stage or image named by `--from`. */
  resolve(from: string, line: number): Origin;
  /** Value of a global arg. */
  global(name: string): string | undefined;
  /** Value of a build arg given by the user. */
  given(name: string): string | undefined;
  /** Called for every arg that this stage declares. */
  declare(name: string): void;
}

const copyFlags = new Set([
  "from",
  "chown",
  "chmod",
  "link",
  "parents",
  "exclude",
  "checksum",
  "keep-git-dir",
  "unpack",
]);

/**
 * The steps of the stage, and the state for a stage that starts from it.
 * @throws Unreadable for an unknown instruction
 */
export function runStage(instructions: readonly Instruction[], ctx: StageContext): { steps: Step[]; scope: Scope } {
  const start = startScope(ctx);
  const values = new Map(start.values);
  const fromEnv = new Set(start.fromEnv);
  let workdir = start.workdir;
  const onBuild: string[] = [];
  const steps: Step[] = [];

  const expand = (word: string, line: number) => {
    const lookup = (name: string) => (values.has(name) ? values.get(name) : start.complete ? undefined : null);
    const expanded = expandWord(word, lookup, ctx.escapeChar, line);
    return expanded !== null && isKnown(expanded) ? expanded : null;
  };
  const perform = (instruction: Instruction): void => {
    const { name, rest, flags, line } = instruction;
    switch (name) {
      case "ARG":
        for (const arg of assignments(rest, ctx.escapeChar, false)) {
          ctx.declare(arg.name);
          const fallback = arg.value === undefined ? ctx.global(arg.name) : expand(arg.value, line);
          const value = ctx.given(arg.name) ?? fallback;
          if (value === undefined) continue;
          // In present versions of BuildKit the later one wins, in older ones the ENV; the version is not known here.
          values.set(arg.name, fromEnv.has(arg.name) && values.get(arg.name) !== value ? null : value);
        }
        return;
      case "ENV": {
        // All words of one ENV are expanded with the environment before it.
        const set = assignments(rest, ctx.escapeChar, true).map((e) => [e.name, expand(e.value ?? "", line)] as const);
        for (const [key, value] of set) {
          values.set(key, value);
          fromEnv.add(key);
        }
        return;
      }
      case "WORKDIR":
        workdir = resolvePath(workdir, expand(rest, line));
        return;
      case "COPY":
      case "ADD":
        steps.push(readCopy(instruction, ctx, (word) => expand(word, line), workdir));
        return;
      case "RUN":
        for (const mount of flagValues(flags, "mount"))
          steps.push(...readMount(mount, line, ctx, (w) => expand(w, line)));
        steps.push({ kind: "run", line });
        return;
      case "ONBUILD":
        onBuild.push(rest);
        return;
      case "CMD":
      case "ENTRYPOINT":
      case "EXPOSE":
      case "HEALTHCHECK":
      case "LABEL":
      case "MAINTAINER":
      case "SHELL":
      case "STOPSIGNAL":
      case "USER":
      case "VOLUME":
        return;
      default:
        throw new Unreadable(`${name} is no instruction that is known here`, line);
    }
  };
  for (const trigger of start.onBuild) for (const i of readInstructions(trigger).instructions) perform(i);
  for (const instruction of instructions) perform(instruction);
  return { steps, scope: { values, fromEnv, complete: start.complete, workdir, onBuild } };
}

function startScope({ parent, known, origin }: StageContext): Scope {
  if (parent) return parent;
  if (known)
    return {
      values: new Map(Object.entries(known.env)),
      fromEnv: new Set(Object.keys(known.env)),
      complete: true,
      workdir: known.workdir || "/",
      onBuild: known.onBuild,
    };
  const scratch = origin.kind === "scratch";
  return {
    // BuildKit gives even an empty image a search path.
    values: new Map<string, string | null>(scratch ? [["PATH", null]] : []),
    fromEnv: new Set(scratch ? ["PATH"] : []),
    complete: scratch,
    workdir: scratch ? "/" : null,
    onBuild: [],
  };
}

function readCopy(
  { name, rest, flags, line, heredocs }: Instruction,
  ctx: StageContext,
  expand: (word: string) => string | null,
  workdir: string | null,
): CopyStep {
  for (const flag of flags) {
    const [key = ""] = flag.slice(2).split("=");
    if (!copyFlags.has(key)) throw new Unreadable(`${name} has the flag --${key}, which is not known here`, line);
  }
  const words = listOf(rest);
  const last = words.at(-1);
  if (last === undefined || words.length < 2) throw new Unreadable(`${name} needs a source and a destination`, line);
  const from = flagValues(flags, "from").at(-1);
  const documents = new Map(heredocs.map((doc) => [doc.word, doc.name]));
  const sources = words.slice(0, -1);
  const destination = expand(last);
  return {
    kind: "copy",
    instruction: name === "ADD" ? "ADD" : "COPY",
    from: from === undefined ? { kind: "context" } : ctx.resolve(from, line),
    sources: sources.filter((word) => !documents.has(word)).map(expand),
    inline: sources.flatMap((word) => documents.get(word) ?? []),
    destination: resolvePath(workdir, destination),
    parents: isSet(flags, "parents"),
    exclude: flagValues(flags, "exclude").flatMap((pattern) => expand(pattern) ?? []),
    line,
  };
}

function readMount(mount: string, line: number, ctx: StageContext, expand: (word: string) => string | null): Step[] {
  const fields = new Map(
    mount.split(",").map((field) => {
      const equals = field.indexOf("=");
      return equals < 0 ? [field.toLowerCase(), ""] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
    }),
  );
  const type = fields.get("type") ?? "bind";
  if (!["bind", "cache", "secret", "ssh", "tmpfs"].includes(type))
    throw new Unreadable(`a mount has the type ${type}`, line);
  if (type !== "bind" && type !== "cache") return [];
  const from = fields.get("from");
  const resolved = from === undefined ? undefined : (expand(from) ?? from);
  if (type === "cache" && resolved === undefined) return [];
  const origin: Origin = resolved === undefined ? { kind: "context" } : ctx.resolve(resolved, line);
  const source = fields.get("source") ?? fields.get("src") ?? "/";
  return [{ kind: "mount", from: origin, source: expand(source), line }];
}

/** Joins paths as a shell would, keeping a meaningful end (`/` or `/.`); null where either part is unknown. */
function resolvePath(base: string | null, path: string | null): string | null {
  if (path === null) return null;
  if (path.startsWith("/")) return path;
  return base === null ? null : `${base.replace(/\/+$/, "")}/${path}`;
}
