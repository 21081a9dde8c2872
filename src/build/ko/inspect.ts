/**
 * The inputs of a program that ko builds: the files that `go list` names, or those of explicit `dependencies`; Go's
 * version; the values of the section. The list of files is kept between starts, so that no process is started while it
 * cannot have changed.
 */
import { readdirSync, realpathSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { sha256 } from "../../std/data/digest.ts";
import type { Json } from "../../std/data/json.ts";
import type { ArtifactSetting, Inspection, SourceSpec } from "../builder.ts";
import { explicitPaths } from "../explicit-paths.ts";
import { fileList } from "../file-list.ts";
import { hostPlatform } from "../host-platform.ts";
import { type Placer, unplaced } from "../placement.ts";
import { syncGlob } from "../sync-glob.ts";
import { goEnvironment, goVersion, telling } from "./go-environment.ts";
import { type GoAnswer, goList } from "./go-list.ts";
import { type KnownFiles, knownFrom, moduleFiles, stillKnown } from "./known-files.ts";
import { type KoSection, koValues } from "./section.ts";

/** Raised whenever the meaning of a part below changes, so that old records do not match by accident. */
const keyFormat = 1;

const pathsLabel = "ko.dependencies.paths";

/** The folder in the image for the files of kodata. */
const dataPath = "/var/run/ko";

export async function inspectKo(
  section: KoSection,
  setting: ArtifactSetting,
  signal: AbortSignal,
): Promise<Inspection> {
  signal.throwIfAborted();
  const { context, image, requires } = setting.artifact;
  const platform = setting.platform ?? hostPlatform();
  const { sources, main } = await sourcesOf(section, setting, signal);
  const data = `${relative(context, main)}/kodata/`.replace(/^\//, "");
  return {
    sources,
    bases: { names: [], pulled: false },
    notices: [],
    infer: (patterns) => dataPlacer(patterns, data, image),
    keyParts(tag, seal) {
      const { env, flags, ldflags, labels } = koValues(section, setting, tag);
      const required = requires.find(({ alias }) => alias === section.fromImage);
      const told = telling.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, seal(value)] as const];
      });
      return {
        builder: "ko",
        format: keyFormat,
        platform,
        go: goVersion(section.directory),
        directory: relative(context, section.directory),
        main: section.main,
        env: env.map(seal),
        flags: flags.map(seal),
        ldflags: ldflags.map(seal),
        labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, seal(value)])),
        ...(section.fromImage === undefined
          ? {}
          : { fromImage: required ? `{{requires.${required.alias}}}` : section.fromImage }),
        environment: Object.fromEntries(told),
      };
    },
  };
}

/** @returns the sources, and the absolute folder of the main package */
async function sourcesOf(
  section: KoSection,
  setting: ArtifactSetting,
  signal: AbortSignal,
): Promise<{ readonly sources: SourceSpec; readonly main: string }> {
  const { context } = setting.artifact;
  const { dependencies, directory, main } = section;
  if (dependencies === undefined || !main.startsWith(".")) {
    const answer = await answerOf(section, setting, signal);
    if (dependencies === undefined) {
      const settings = join(directory, ".ko.yaml");
      const files = answer.packages.flatMap((one) => one.files.map((name) => join(one.directory, name)));
      const folders = [...new Set(answer.packages.map((one) => one.directory))];
      const all = [...files, ...moduleFiles(answer.modules), settings, ...dataFiles(join(answer.main, "kodata"))];
      return { sources: fileList(context, all, "go list", folders), main: answer.main };
    }
    return { sources: explicitPaths(dependencies, setting.artifact, pathsLabel), main: answer.main };
  }
  return { sources: explicitPaths(dependencies, setting.artifact, pathsLabel), main: join(directory, main) };
}

async function answerOf(section: KoSection, setting: ArtifactSetting, signal: AbortSignal): Promise<GoAnswer> {
  const { artifact, notes, platform } = setting;
  const { directory, main } = section;
  // The tag has no effect on which files count.
  const { env, flags } = koValues(section, setting, "");
  const asked = { directory, main, flags, env, platform: platform ?? hostPlatform(), go: goVersion(directory) };
  const question = sha256(JSON.stringify([asked, telling.map((name) => process.env[name] ?? null)]));
  const name = `builder/ko/${sha256(JSON.stringify([artifact.context, artifact.image])).slice(0, 32)}`;
  const noted = (await notes.read(name)) as unknown as KnownFiles | undefined;
  const known = stillKnown(noted, question);
  if (known) {
    if (known !== noted) await notes.write(name, known as unknown as Json);
    return known.answer;
  }
  const goEnv = goEnvironment(asked.platform, env);
  const answer = await goList({ directory, main, flags, env: goEnv }, artifact.image, signal);
  if (!answer.incomplete) await notes.write(name, knownFrom(question, answer) as unknown as Json);
  return answer;
}

/** The folder, and the targets of links in it, because ko puts the target files into the image. */
function dataFiles(folder: string): string[] {
  const found = [folder];
  const walk = (at: string): void => {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isSymbolicLink()) found.push(realOrItself(path));
    }
  };
  walk(folder);
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function realOrItself(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Only static files have a destination, because everything else is compiled. A deletion has one, too, because no other
 * file is put there.
 */
function dataPlacer(patterns: readonly string[], data: string, image: string): Placer {
  const globs = patterns.map((pattern) => ({ pattern, matches: syncGlob(pattern) }));
  return (path, kind) => {
    const glob = globs.find(({ matches }) => matches(path));
    if (glob === undefined) return unplaced("no pattern of sync.infer matches");
    if (!path.startsWith(data)) return unplaced(`it is not in the kodata folder of ${image}`);
    if (kind === "symlink") return unplaced("a link is replaced by what it leads to");
    const destination = posix.join(dataPath, path.slice(data.length));
    return { kind: "placed", rule: `sync.infer ${JSON.stringify(glob.pattern)}`, destinations: [destination] };
  };
}
