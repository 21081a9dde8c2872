/** The environment of a Go build for an image, and the version of Go, read without starting it. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { withoutRepository } from "../../tool/git/git-environment.ts";
import type { EnvDelta } from "../../tool/process/command.ts";
import { programOnPath } from "../../tool/process/program.ts";

/** ko's environment: for the image's platform and without C, unless the artifact says otherwise. */
export function goEnvironment(platform: string, env: readonly string[]): EnvDelta {
  const [os = "linux", arch = "", variant = ""] = platform.split("/");
  const given = env.map((text) => [text.split("=", 1)[0] ?? "", text.slice(text.indexOf("=") + 1)] as const);
  return {
    ...withoutRepository,
    CGO_ENABLED: "0",
    GOOS: os,
    GOARCH: arch,
    ...(arch === "arm" && variant !== "" ? { GOARM: variant.replace(/^v/, "") } : {}),
    ...Object.fromEntries(given),
  };
}

/** Variables of the user's environment that change the results of Go and ko. */
export const telling = [
  "GOEXPERIMENT",
  "GOFLAGS",
  "GOTOOLCHAIN",
  "GOWORK",
  "KO_CONFIG_PATH",
  "KO_DATA_DATE_EPOCH",
  "KO_DEFAULTBASEIMAGE",
  "SOURCE_DATE_EPOCH",
] as const;

/** `go1.26.8`, from the file that every distribution of Go has; else the program's stamp. */
export function goVersion(cwd: string): string {
  const go = programOnPath("go", cwd);
  if (go === undefined) return "none";
  const file = join(dirname(realpathSync(go.path)), "../VERSION");
  return existsSync(file) ? (readFileSync(file, "utf8").split("\n")[0] ?? "").trim() : go.stamp;
}
