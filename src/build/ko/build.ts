/**
 * Builds a Go program into an image with `ko build`. The image is left in a layout in the cache, from which it reaches
 * nodes and registries without an engine. Where the engine must have it, it is loaded there from an archive, under the
 * one name that it must have.
 */
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifact } from "../../config/project.ts";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { openArchive } from "../../image/archive/open-archive.ts";
import { endpointUrl } from "../../image/engine/endpoint.ts";
import { inspectImage, loadImages, tagImage, untagImage } from "../../image/engine/engine-image.ts";
import { parseReference } from "../../image/reference.ts";
import { systemClock } from "../../std/clock.ts";
import { randomHex } from "../../std/random.ts";
import type { Layout } from "../../store/layouts.ts";
import { withoutRepository } from "../../tool/git/git-environment.ts";
import { failed, run } from "../../tool/process/run.ts";
import type { ArtifactSetting, BuildRequest, Built } from "../builder.ts";
import { hostPlatform } from "../host-platform.ts";
import { type KoSection, koValues } from "./section.ts";
import { writeSettings } from "./settings-file.ts";

const install = "install ko: go install github.com/google/ko@latest";

/**
 * Whether the image has to pass through the engine: its base is there alone, or commands of the user's own follow the
 * build, which look for the image where the reference tool leaves it.
 */
export function buildsInEngine({ fromImage }: KoSection, { requires, hooks }: Artifact): boolean {
  return hooks.after.length > 0 || requires.some(({ alias }) => alias === fromImage);
}

/** @throws Failure with the compiler's last lines */
export async function buildKo(
  section: KoSection,
  setting: ArtifactSetting,
  request: BuildRequest,
  signal: AbortSignal,
  emit: (event: Event) => void,
): Promise<Built> {
  const scratch = join(folderForNames(), `devloop-ko-${randomHex(8)}`);
  await mkdir(scratch, { mode: 0o700 });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(scratch, { recursive: true, force: true }));
  const started = systemClock.now();
  const work: KoWork = { section, setting, request, scratch, emit };
  const layout = buildsInEngine(section, setting.artifact) ? undefined : await layoutFor(work);
  const built = layout ? await intoLayout(work, stack.use(layout), signal) : await intoEngine(work, stack, signal);
  return { ...built, seconds: (systemClock.now() - started) / 1000, steps: [] };
}

/** ko takes a layout's path for the name of an image: it may have no other characters. */
function folderForNames(): string {
  return /^[a-z0-9_./-]+$/.test(tmpdir()) ? tmpdir() : "/tmp";
}

interface KoWork {
  readonly section: KoSection;
  readonly setting: ArtifactSetting;
  readonly request: BuildRequest;
  /** A folder of this build alone. */
  readonly scratch: string;
  emit(event: Event): void;
}

type Result = Pick<Built, "imageId" | "holder">;

/** It keeps the layers of the base image from build to build. Undefined where the cache cannot be written to. */
async function layoutFor({ setting, request, emit }: KoWork): Promise<Layout | undefined> {
  const { image, context } = setting.artifact;
  try {
    return await request.place.layout(`ko ${context} ${image}`);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    emit({ type: "notice", level: "warning", text: `the image of ${image} passes through the engine: ${why}` });
    return undefined;
  }
}

async function intoLayout(work: KoWork, layout: Layout, signal: AbortSignal): Promise<Result> {
  const { image } = work.setting.artifact;
  const { scratch } = work;
  const [told, way] = [join(scratch, "made"), join(scratch, "layout")];
  await symlink(layout.path, way);
  await runKo(work, work.section.fromImage, [`--oci-layout-path=${way}`, `--image-refs=${told}`], signal);
  const manifest = /@(sha256:[0-9a-f]{64})\s*$/.exec(await readFile(told, "utf8"))?.[1];
  const made = manifest && (await openArchive({ path: layout.path, manifest }));
  if (!made) throw new Failure({ severity: "error", message: `ko made no image of ${image}` });
  await layout.keep(manifest);
  return { imageId: made.id, holder: { kind: "archive", path: layout.path, manifest } };
}

async function intoEngine(work: KoWork, stack: AsyncDisposableStack, signal: AbortSignal): Promise<Result> {
  const { section, request, scratch } = work;
  const { engine } = request.place;
  const required = section.fromImage === undefined ? undefined : request.required[section.fromImage];
  const base = required === undefined ? section.fromImage : `ko.local/devloop/${scratch.slice(-6)}:base`;
  if (required !== undefined && base !== undefined) {
    // ko reads images of this one registry from the engine.
    await tagImage(engine, required, base, signal);
    stack.defer(async () => void (await untagImage(engine, base, new AbortController().signal)));
  }
  const archive = join(scratch, "image.tar");
  await runKo(work, base, [`--tarball=${archive}`], signal);
  await loadImages(engine, Bun.file(archive).stream(), signal);
  const [reference = ""] = request.references;
  const made = await inspectImage(engine, reference, signal);
  if (made) return { imageId: made.id };
  throw new Failure({ severity: "error", message: `ko made no image ${reference}` });
}

/** @param output the flags that say where the image goes */
async function runKo(
  { section, setting, request, scratch, emit }: KoWork,
  base: string | undefined,
  output: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { image, context } = setting.artifact;
  const { engine } = request.place;
  const [reference = ""] = request.references;
  const { written, tag = "latest" } = parseReference(reference);
  const values = koValues(section, setting, request.tag);
  const settings = await writeSettings(section, values, scratch);
  const labels = Object.entries(values.labels).flatMap(([name, value]) => [
    "--image-label",
    listed(`${name}=${value}`),
  ]);
  const command = {
    argv: [
      "ko",
      "build",
      section.main,
      "--bare",
      "--push=false",
      "--sbom=none",
      ...output,
      `--tags=${tag}`,
      `--platform=${setting.platform ?? hostPlatform()}`,
      ...labels,
    ] as [string, ...string[]],
    cwd: section.directory,
    env: {
      ...withoutRepository,
      KO_DOCKER_REPO: written,
      ...(base === undefined ? {} : { KO_DEFAULTBASEIMAGE: base }),
      ...(settings === undefined ? {} : { KO_CONFIG_PATH: settings }),
      ...(engine.endpoint.kind === "unix" ? { DOCKER_HOST: endpointUrl(engine.endpoint) } : {}),
    },
    onLine: (line: string) => emit({ type: "build-output", artifact: image, line: withoutTime(line) }),
  };
  const finished = await run(command, signal);
  if (finished.kind === "cancelled") throw signal.reason;
  if (finished.kind === "exited" && finished.code === 0) return;
  const diagnostic = failed(command, finished);
  if (finished.kind === "missing")
    throw new Failure({ ...diagnostic, message: `cannot build ${image}: ko is not on PATH`, suggestion: install });
  throw new Failure({
    ...diagnostic,
    message: `cannot build ${image}: ${causeIn(finished.tail)}`,
    details: finished.tail.map(withoutTime),
    command: `cd ${section.directory === context ? context : section.directory} && ${diagnostic.command}`,
  });
}

/** A line of ko's log without its time. */
function withoutTime(line: string): string {
  return line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, "");
}

/** The innermost reason of ko's chain; the compiler's own lines follow it. */
function causeIn(tail: readonly string[]): string {
  const said = tail.findLast((line) => line.startsWith("Error: "))?.slice("Error: ".length);
  if (said === undefined) return "ko failed";
  return said
    .replace(/^failed to publish images: /, "")
    .replace(/^error building "[^"]*": /, "")
    .replace(/: exit status \d+: .*$/, " failed");
}

/** One value of a list flag: with quotes where it has a comma. */
function listed(value: string): string {
  return /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
