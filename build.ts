/**
 * Makes `dist/devloop`, one program for this host, and runs it once before anyone else does.
 *
 * Splitting keeps what a command does not need out of its start; bytecode makes the rest load fast. The program reads no
 * `.env` and no `bunfig.toml` where it is run: a directory is never trusted with what devloop executes. Version and
 * commit are stamped here, and nowhere else. The old program stays until the new one has answered.
 */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const root = import.meta.dir;
const target = join(root, "dist/devloop");

/** The commit that is built, `-dirty` with changes that it lacks, or `unknown` outside a checkout. */
async function commit(): Promise<string> {
  const git = Bun.which("git");
  if (!git) return "unknown";
  const child = Bun.spawn([git, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], {
    cwd: root,
    stdout: "pipe",
    stderr: "ignore",
  });
  const said = (await new Response(child.stdout).text()).trim();
  return (await child.exited) === 0 ? said : "unknown";
}

/** @throws Error with the bundler's messages. */
async function compile(outfile: string, version: string): Promise<void> {
  await Bun.build({
    entrypoints: [join(root, "src/cli/main.ts")],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    splitting: true,
    sourcemap: "inline",
    define: { DEVLOOP_VERSION: JSON.stringify(version), DEVLOOP_COMMIT: JSON.stringify(await commit()) },
  });
}

/** @throws Error when the program does not print exactly its version. */
async function smoke(program: string, version: string): Promise<void> {
  const child = Bun.spawn([program, "version"], { cwd: "/", stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0 || out !== `v${version}\n`)
    throw new Error(`the new program does not run: exit code ${code}\n${out}${err}`);
}

const start = performance.now();
const { version } = (await Bun.file(join(root, "package.json")).json()) as { version: string };
await mkdir(join(root, "dist"), { recursive: true });
// The bundler leaves copies of the embedded source maps beside the program: they go with this folder.
const folder = await mkdtemp(join(root, "dist/.building-"));
try {
  const fresh = join(folder, "devloop");
  await compile(fresh, version);
  await smoke(fresh, version);
  await rename(fresh, target);
} finally {
  await rm(folder, { recursive: true });
}
const megabytes = Math.round(Bun.file(target).size / 1e6);
console.log(`dist/devloop v${version}, ${megabytes} MB, in ${((performance.now() - start) / 1000).toFixed(1)} s`);
