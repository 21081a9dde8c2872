/** `scripts/cluster` where kind's node image can be pulled: not possible on every machine, so kind and docker are fakes. */
import { expect, test } from "bun:test";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fakes, fakes } from "../rig/fake-program.ts";

const cluster = join(import.meta.dir, "../../scripts/cluster");
const image = /kindest\/node:v[\d.]+@sha256:[0-9a-f]{64}/;

/** An engine that can pull; `there` is the image of an existing control plane. */
async function machine(there = ""): Promise<Fakes> {
  const made = await fakes();
  const inspect = there === "" ? "exit 1" : `echo ${there}`;
  await made.add(
    "docker",
    `case "$1 $2" in "container inspect") ${inspect} ;; "ps "*) echo node ;; "image inspect") [[ $3 != kindest/* ]] ;; esac`,
  );
  await made.add("kind", '[ "$1 $2" != "get kubeconfig" ] || echo "the kubeconfig of $4"');
  await made.add("kubectl");
  await mkdir(join(made.home, ".kube"));
  await writeFile(join(made.home, ".kube/config"), "the user's own");
  return made;
}

const own = (made: Fakes, name = "devloop") => join(made.home, ".cache/devloop/cluster", `${name}.kubeconfig`);
const clean = { XDG_CACHE_HOME: "", KUBECONFIG: "" };

test("kind makes the cluster from its own image, with a kubeconfig apart from the user's", async () => {
  await using made = await machine();
  const { code, err } = await made.run([cluster, "up"], clean);
  expect({ code, err }).toMatchObject({ code: 0 });
  const calls = await made.calls();
  const [create = "", ...more] = calls.filter((call) => call.startsWith("kind create"));
  expect(more).toEqual([]);
  expect(create.replace(image, "IMAGE")).toBe(
    `kind create cluster --name devloop --image IMAGE --config ${own(made).replace(".kubeconfig", ".yaml")} ` +
      `--kubeconfig ${own(made)} --wait 180s`,
  );
  expect(calls.find((call) => call.startsWith("docker pull"))).toMatch(image);
  expect(await readFile(own(made), "utf8")).toBe("the kubeconfig of devloop\n");
  expect((await stat(own(made))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(made.home, ".kube/config"), "utf8")).toBe("the user's own");
});

test("two nodes are a control plane and a worker", async () => {
  await using made = await machine();
  expect((await made.run([cluster, "up", "--name", "two", "--nodes", "2"], clean)).code).toBe(0);
  expect(await readFile(own(made, "two").replace(".kubeconfig", ".yaml"), "utf8")).toBe(
    "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n- role: worker\n",
  );
});

test("a cluster that is there is started, not made again", async () => {
  await using made = await machine("kindest/node:v1.34.0");
  expect((await made.run([cluster, "up"], clean)).code).toBe(0);
  const calls = await made.calls();
  expect(calls.filter((call) => /^kind create|^docker pull/.test(call))).toEqual([]);
  expect(calls).toContain("docker start node");
});

test("a cluster of that name made by something else is left alone", async () => {
  await using made = await machine("example/node:1");
  const { code, err } = await made.run([cluster, "up"], clean);
  expect(code).toBe(1);
  expect(err).toContain("which is not ours to touch");
  expect((await made.calls()).filter((call) => /^kind|^docker (start|run|rm|pull)/.test(call))).toEqual([]);
});

test("down deletes by kind, in our kubeconfig alone", async () => {
  await using made = await machine();
  expect((await made.run([cluster, "down"], clean)).code).toBe(0);
  expect(await made.calls()).toContain(`kind delete cluster --name devloop --kubeconfig ${own(made)} --quiet`);
  expect(await readFile(join(made.home, ".kube/config"), "utf8")).toBe("the user's own");
});

test("a wrong word is told how to", async () => {
  await using made = await machine();
  for (const words of [[], ["sideways"], ["up", "--nodes", "0"], ["up", "--name", "a b"], ["up", "--name"]])
    expect(await made.run([cluster, ...words], clean)).toMatchObject({
      code: 2,
      err: expect.stringContaining("usage: cluster up|down|status|env"),
    });
});
