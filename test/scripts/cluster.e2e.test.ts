/** A second cluster beside the one of the other tests: made, seen by kind, gone, and the user's kubeconfig untouched. */
import { afterAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const cluster = join(import.meta.dir, "../../scripts/cluster");
const name = `devloop-test-${process.pid}`;
const home = await mkdtemp(join(tmpdir(), "devloop-home-"));
const users = [join(home, ".kube/config"), join(home, "other")];
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const docker = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker");
const theirs = "apiVersion: v1\nkind: Config\ncurrent-context: theirs\n";

async function run(...words: string[]): Promise<string> {
  const child = Bun.spawn([cluster, ...words, "--name", name], {
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: cache, KUBECONFIG: users.join(":"), DOCKER_CONFIG: docker },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`cluster ${words.join(" ")}: ${err}`);
  return out;
}

afterAll(async () => {
  await run("down");
  await rm(home, { recursive: true });
});

test("two nodes come up, run pods, and go, and no kubeconfig of the user changes a byte", async () => {
  await mkdir(join(home, ".kube"));
  for (const file of users) await writeFile(file, theirs);
  await run("up", "--nodes", "2");
  const status = await run("status");
  expect(status).toMatch(new RegExp(`^${name}-control-plane +Ready +control-plane `, "m"));
  expect(status).toMatch(new RegExp(`^${name}-worker +Ready `, "m"));
  await run("down");
  for (const file of users) expect(await readFile(file, "utf8")).toBe(theirs);
});
