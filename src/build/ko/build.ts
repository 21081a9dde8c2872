/**
 * Builds a Go program into an image with `ko build` and loads it into the engine. The image goes through an archive, so that
 * it reaches whatever engine devloop works with, and under the one name that it has to have.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../diag/failure.ts";
import type { Event } from "../../event/event.ts";
import { endpointUrl } from "../../image/engine/endpoint.ts";
import { inspectImage, loadImages, tagImage, untagImage } from "../../image/engine/engine-image.ts";
import { parseReference } from "../../image/reference.ts";
import { systemClock } from "../../std/clock.ts";
import { withoutRepository } from "../../tool/git/git-environment.ts";
import { failed, run } from "../../tool/process/run.ts";
import type { ArtifactSetting, BuildRequest, Built } from "../builder.ts";
import { hostPlatform } from "../host-platform.ts";
import { type KoSection, koValues } from "./section.ts";
import { writeSettings } from "./settings-file.ts";

const install = "install ko: go install github.com/google/ko@latest";

/** @throws Failure with the compiler's last lines */
export async function buildKo(
  section: KoSection,
  setting: ArtifactSetting,
  request: BuildRequest,
  signal: AbortSignal,
  emit: (event: Event) => void,
): Promise<Built> {
  const { image, context } = setting.artifact;
  const { engine } = request.place;
  const [reference = ""] = request.references;
  const { written, tag = "latest" } = parseReference(reference);
  const values = koValues(section, setting, request.tag);
  const started = systemClock.now();
  const scratch = await mkdtemp(join(tmpdir(), "devloop-ko-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(scratch, { recursive: true, force: true }));
  const settings = await writeSettings(section, values, scratch);
  const required = section.fromImage === undefined ? undefined : request.required[section.fromImage];
  const base = required === undefined ? section.fromImage : `ko.local/devloop/${scratch.slice(-6).toLowerCase()}:base`;
  if (required !== undefined && base !== undefined) {
    // ko takes images of this one registry from the engine.
    await tagImage(engine, required, base, signal);
    stack.defer(async () => void (await untagImage(engine, base, new AbortController().signal)));
  }
  const archive = join(scratch, "image.tar");
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
      `--tarball=${archive}`,
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
  if (finished.kind !== "exited" || finished.code !== 0) {
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
  await loadImages(engine, Bun.file(archive).stream(), signal);
  const made = await inspectImage(engine, reference, signal);
  if (made) return { imageId: made.id, seconds: (systemClock.now() - started) / 1000, steps: [] };
  throw new Failure({ severity: "error", message: `ko made no image ${reference}` });
}

/** ko's log has a time before each line. */
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

/** One value of a flag that takes a list of them: with quotes where it has a comma. */
function listed(value: string): string {
  return /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
