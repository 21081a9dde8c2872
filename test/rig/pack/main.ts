#!/usr/bin/env bun
/**
 * A stand-in for the `pack` program, which needs builders of hundreds of megabytes. It takes the flags that the
 * documentation of `pack build` 0.36.0 has and refuses every other; its one buildpack takes folders with a `Procfile` of
 * `web: busybox httpd`, and makes a real image in the engine: the run image with the sources in /workspace.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** Long name -> its short one, and whether a value follows. Those after the blank line every command of pack takes. */
const flags: Readonly<Record<string, { readonly short?: string; readonly value: boolean }>> = {
  builder: { short: "B", value: true },
  buildpack: { short: "b", value: true },
  "buildpack-registry": { short: "r", value: true },
  cache: { value: true },
  "cache-image": { value: true },
  "clear-cache": { value: false },
  "creation-time": { value: true },
  "default-process": { short: "D", value: true },
  descriptor: { short: "d", value: true },
  "docker-host": { value: true },
  env: { short: "e", value: true },
  "env-file": { value: true },
  extension: { value: true },
  gid: { value: true },
  "lifecycle-image": { value: true },
  network: { value: true },
  path: { short: "p", value: true },
  platform: { value: true },
  "post-buildpack": { value: true },
  "pre-buildpack": { value: true },
  "previous-image": { value: true },
  publish: { value: false },
  "pull-policy": { value: true },
  "report-output-dir": { value: true },
  "run-image": { value: true },
  "sbom-output-dir": { value: true },
  sparse: { value: false },
  tag: { short: "t", value: true },
  "trust-builder": { value: false },
  "trust-extra-buildpacks": { value: false },
  uid: { value: true },
  volume: { value: true },
  workspace: { value: true },

  "force-color": { value: false },
  help: { short: "h", value: false },
  "no-color": { value: false },
  quiet: { short: "q", value: false },
  timestamps: { value: false },
  verbose: { short: "v", value: false },
};

function fail(message: string): never {
  console.error(`ERROR: ${message}`);
  process.exit(1);
}

const given = new Map<string, string[]>();
const words: string[] = [];
const [command, ...args] = process.argv.slice(2);
if (command !== "build") fail(`unknown command "${command}" for "pack"`);
for (let i = 0; i < args.length; i++) {
  const arg = args[i] ?? "";
  if (!arg.startsWith("-")) {
    words.push(arg);
    continue;
  }
  const [written = "", inline] = arg.split(/=(.*)/s, 2);
  const long = written.startsWith("--") ? written.slice(2) : undefined;
  const name = long ?? Object.keys(flags).find((key) => flags[key]?.short === written.slice(1));
  const flag = name === undefined ? undefined : flags[name];
  if (name === undefined || flag === undefined) fail(`unknown flag: ${written}`);
  const value = flag.value ? (inline ?? args[++i]) : (inline ?? "true");
  if (value === undefined) fail(`flag needs an argument: ${written}`);
  given.set(name, [...(given.get(name) ?? []), value]);
}
const one = (name: string) => given.get(name)?.at(-1);
if (words.length !== 1) fail(`accepts 1 arg(s), received ${words.length}`);
const [image = ""] = words;
const builder = one("builder");
if (builder === undefined)
  fail("Please select a default builder with:\n\n\tpack config default-builder <builder-image>");
const policy = one("pull-policy") ?? "always";
if (!["always", "never", "if-not-present"].includes(policy)) fail(`parsing pull policy: invalid pull policy ${policy}`);

function docker(...argv: string[]): { readonly code: number; readonly out: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["docker", ...argv]);
  return { code: exitCode, out: exitCode === 0 ? stdout.toString() : stderr.toString() };
}
function fetched(name: string): void {
  const isThere = docker("image", "inspect", name).code === 0;
  if (policy === "never" || (policy === "if-not-present" && isThere)) {
    if (!isThere) fail(`failed to build: image '${name}' does not exist on the daemon: not found`);
    return;
  }
  const pulled = docker("pull", name);
  if (pulled.code !== 0) fail(`failed to build: failed to fetch builder image '${name}': ${pulled.out.trim()}`);
}
fetched(builder);
const runImage = one("run-image") ?? builder;
if (runImage !== builder) fetched(runImage);

const env = new Map<string, string>();
const put = (pair: string) => {
  const [name = "", value] = pair.split(/=(.*)/s, 2);
  const taken = value ?? process.env[name];
  if (taken !== undefined) env.set(name, taken);
};
for (const file of given.get("env-file") ?? [])
  for (const line of readFileSync(file, "utf8").split("\n")) if (line.trim() !== "") put(line.trim());
for (const pair of given.get("env") ?? []) put(pair);

const path = resolve(one("path") ?? ".");
console.log("===> ANALYZING");
console.log("===> DETECTING");
let process_: string | undefined;
try {
  process_ = /^web: (.*)$/m.exec(readFileSync(join(path, "Procfile"), "utf8"))?.[1];
} catch {
  // Nothing for this buildpack.
}
if (process_ === undefined) {
  console.error("ERROR: No buildpack groups passed detection.");
  fail("failed to build: executing lifecycle: failed with status code: 20");
}
console.log("test/procfile 1.0.0");
console.log("===> RESTORING");
console.log("===> BUILDING");
if (env.has("BP_BROKEN")) {
  console.error(`[builder] ${env.get("BP_BROKEN")}`);
  console.error("[builder] ERROR: failed to build: exit status 1");
  fail("failed to build: executing lifecycle: failed with status code: 51");
}
console.log("===> EXPORTING");
const scratch = mkdtempSync(join(tmpdir(), "stand-in-pack-"));
const sync = [{ dest: "/workspace", src: "site/**" }];
const bom = env.get("GOOGLE_DEVMODE") === "1" ? [{ name: "devmode", metadata: { "devmode.sync": sync } }] : [];
const labels = {
  "io.buildpacks.build.metadata": JSON.stringify({ bom }),
  "io.buildpacks.project.metadata": JSON.stringify({}),
  "test.pack.env": JSON.stringify(Object.fromEntries(env)),
  "test.pack.arguments": JSON.stringify(args),
};
const quoted = (text: string) => JSON.stringify(text).replaceAll("$", "\\$");
try {
  const lines = [
    `FROM ${runImage}`,
    "WORKDIR /workspace",
    "COPY . /workspace",
    ...Object.entries(labels).map(([name, value]) => `LABEL ${name}=${quoted(value)}`),
    `CMD ${JSON.stringify(process_.split(" "))}`,
  ];
  writeFileSync(join(scratch, "Dockerfile"), `${lines.join("\n")}\n`);
  const built = docker(
    ...["build", "-q", "--pull=false", "--provenance=false", "-f", join(scratch, "Dockerfile")],
    ...[image, ...(given.get("tag") ?? [])].flatMap((name) => ["-t", name]),
    path,
  );
  if (built.code !== 0) fail(`failed to build: ${built.out.trim()}`);
  if (one("publish") && docker("push", "-q", image).code !== 0) fail(`failed to build: failed to export to ${image}`);
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(`*** Images (${image})`);
console.log(`Successfully built image ${image}`);
