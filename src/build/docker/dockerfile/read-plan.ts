/**
 * From instructions to a plan: splits stages, finds those that the target needs, expands names, and collects which
 * build args can matter. With BuildKit's scoping: global ARGs serve FROM lines and must be declared again in a stage,
 * ENV and ARG override each other in the order of the file, and a stage that starts from another inherits both.
 */

import { Unreadable } from "../context/unreadable.ts";
import { isKnown, platformArgs, steersBuild } from "./args.ts";
import { expandWord } from "./expand.ts";
import type { DockerfileText, Instruction } from "./instructions.ts";
import type { Origin, Plan, PlanRequest, Stage } from "./plan.ts";
import { runStage, type Scope } from "./run-stage.ts";
import { assignments, flagValues, listOf } from "./words.ts";

interface RawStage {
  readonly index: number;
  readonly name: string | undefined;
  readonly baseWord: string;
  readonly platformWord: string | undefined;
  readonly line: number;
  readonly instructions: Instruction[];
}

/** @throws Unreadable where the file cannot be understood, the target does not exist, or a name is unknown */
export function readPlan(file: DockerfileText, request: PlanRequest): Plan {
  const { globals, raw } = splitStages(file);
  const target = findTarget(raw, request.target);
  const used = new Set<string>();
  const globalArgs = readGlobals(globals, file.escapeChar, request, target.name ?? "", used);
  const scopes = new Map<number, Scope>();
  const stages = new Map<number, Stage>();
  const images = new Set<string>();

  const visit = (stage: RawStage): void => {
    if (stages.has(stage.index)) return;
    const lookup = (name: string) => globalArgs.use(name);
    const base = expandWord(stage.baseWord, lookup, file.escapeChar, stage.line) ?? "";
    if (stage.platformWord !== undefined) expandWord(stage.platformWord, lookup, file.escapeChar, stage.line);
    if (base === "") throw new Unreadable(`the base name ${stage.baseWord} is empty`, stage.line);
    const earlier = raw.slice(0, stage.index);
    const baseStage = earlier.findLast((s) => s.name === base.toLowerCase());
    if (baseStage) visit(baseStage);
    const origin: Stage["base"] = baseStage
      ? { kind: "stage", index: baseStage.index }
      : base === "scratch"
        ? { kind: "scratch" }
        : { kind: "image", name: isKnown(base) ? base : stage.baseWord };
    const resolve = (from: string, line: number): Origin => {
      const found = /^\d+$/.test(from) ? earlier[Number(from)] : earlier.findLast((s) => s.name === from.toLowerCase());
      if (/^\d+$/.test(from) && !found) throw new Unreadable(`there is no stage ${from} before this one`, line);
      if (found) visit(found);
      else images.add(from);
      return found ? { kind: "stage", index: found.index } : { kind: "image", name: from };
    };
    if (origin.kind === "image" && isKnown(base)) images.add(base);
    const parent = baseStage ? scopes.get(baseStage.index) : undefined;
    const known = origin.kind === "image" ? request.baseImage(origin.name) : undefined;
    const done = runStage(stage.instructions, {
      escapeChar: file.escapeChar,
      origin,
      parent,
      known,
      resolve,
      global: (name) => globalArgs.use(name),
      given: (name) => request.buildArgs[name],
      declare: (name) => used.add(name),
    });
    scopes.set(stage.index, done.scope);
    const { steps } = done;
    stages.set(stage.index, { index: stage.index, name: stage.name, base: origin, steps, workdir: done.scope.workdir });
  };
  visit(target);
  for (const name of Object.keys(request.buildArgs)) if (steersBuild(name)) used.add(name);
  return { stages: [...stages.values()].sort((a, b) => a.index - b.index), args: used, images: [...images].sort() };
}

function splitStages(file: DockerfileText): { globals: Instruction[]; raw: RawStage[] } {
  const globals: Instruction[] = [];
  const raw: RawStage[] = [];
  for (const instruction of file.instructions) {
    const current = raw.at(-1);
    if (instruction.name === "FROM") raw.push(readFrom(instruction, raw.length));
    else if (current) current.instructions.push(instruction);
    else if (instruction.name === "ARG") globals.push(instruction);
    else throw new Unreadable(`${instruction.name} stands before the first FROM`, instruction.line);
  }
  return { globals, raw };
}

function readFrom(instruction: Instruction, index: number): RawStage {
  const words = listOf(instruction.rest);
  const named = words.length === 3 && words[1]?.toLowerCase() === "as";
  if (words.length !== 1 && !named) throw new Unreadable("FROM takes an image and a stage name", instruction.line);
  return {
    index,
    name: named ? words[2]?.toLowerCase() : undefined,
    baseWord: words[0] ?? "",
    platformWord: flagValues(instruction.flags, "platform").at(-1),
    line: instruction.line,
    instructions: [],
  };
}

function findTarget(raw: readonly RawStage[], target: string | undefined): RawStage {
  const last = raw.at(-1);
  if (!last) throw new Unreadable("it has no FROM", 1);
  if (target === undefined || target === "") return last;
  const found =
    raw.findLast((s) => s.name === target.toLowerCase()) ?? (/^\d+$/.test(target) ? raw[Number(target)] : undefined);
  if (!found) throw new Unreadable(`it has no stage ${target}`, 1);
  return found;
}

/** Global args with their values; reading one marks it, and those that its default uses, as having an effect. */
function readGlobals(
  globals: readonly Instruction[],
  escapeChar: string,
  request: PlanRequest,
  target: string,
  used: Set<string>,
): { use(name: string): string | undefined } {
  const values = new Map<string, string>(Object.entries(platformArgs(request.platform, request.buildPlatform, target)));
  const madeFrom = new Map<string, Set<string>>();
  for (const { rest, line } of globals) {
    for (const { name, value } of assignments(rest, escapeChar, false)) {
      const sources = new Set<string>();
      const lookup = (other: string) => {
        sources.add(other);
        return values.get(other);
      };
      const expanded =
        value === undefined ? values.get(name) : (expandWord(value, lookup, escapeChar, line) ?? undefined);
      const effective = request.buildArgs[name] ?? expanded;
      madeFrom.set(name, sources);
      if (effective !== undefined) values.set(name, effective);
    }
  }
  const use = (name: string): string | undefined => {
    if (madeFrom.has(name) && !used.has(name)) {
      used.add(name);
      for (const source of madeFrom.get(name) ?? []) use(source);
    }
    return values.get(name);
  };
  return { use };
}
