/**
 * The files of a release besides its chart: the inline values, and the archive of a chart that is packaged first. They
 * lie in a private folder of the call and are removed with it.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Json } from "../../std/data/json.ts";
import { optional } from "../../std/data/optional.ts";
import { helm } from "../../tool/helm.ts";
import type { ReleaseSpec } from "./arguments.ts";

/** A release whose inline values are not written to a file yet; with `packaged`, its chart is packaged first. */
export interface Unprepared {
  readonly spec: ReleaseSpec;
  readonly overrides?: Json;
  readonly packaged?: { readonly version?: string; readonly appVersion?: string };
  /** The folder that paths in the configuration are relative to. */
  readonly cwd: string;
  readonly onLine?: (line: string) => void;
}

/** The spec with its files: inline values, and the archive of a chart that is packaged first. */
export async function prepare(release: Unprepared, folder: PrivateFolder, signal: AbortSignal): Promise<ReleaseSpec> {
  const { overrides, packaged, cwd, onLine } = release;
  let { spec } = release;
  if (overrides !== undefined)
    spec = { ...spec, overridesFile: await folder.write("overrides.yaml", stringify(overrides)) };
  if (packaged === undefined) return spec;
  const { version, appVersion } = packaged;
  const versions = [
    ...(version === undefined ? [] : ["--version", version]),
    ...(appVersion === undefined ? [] : ["--app-version", appVersion]),
  ];
  const args = ["package", spec.chart, "--destination", folder.path, ...versions];
  const { stdout } = await helm({ args, cwd, ...optional("onLine", onLine) }, signal);
  const [, archive = ""] = /saved it to: (.+)$/m.exec(stdout) ?? [];
  const { version: _, ...rest } = spec;
  return { ...rest, chart: archive.trim() };
}

export interface PrivateFolder extends AsyncDisposable {
  readonly path: string;
  /** @returns the file's path */
  write(name: string, text: string): Promise<string>;
}

export async function privateFolder(): Promise<PrivateFolder> {
  const path = await mkdtemp(join(tmpdir(), "devloop-helm-"));
  return {
    path,
    async write(name, text) {
      const file = join(path, name);
      await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
