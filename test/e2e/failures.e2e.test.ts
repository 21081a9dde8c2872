/**
 * What a user reads when something is wrong with the project: the place or the root cause, evidence, a suggestion, and
 * the exit code. Each on the real engine and cluster, by `run`.
 */
import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { devloop } from "../rig/devloop.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";

async function fails(it: ProjectRun): Promise<string> {
  const { code, text } = await it.run("run");
  expect(code).toBe(1);
  // What is expected to go wrong never shows a trace of the program.
  expect(text).not.toMatch(/^\s+at .*\.ts:\d+/m);
  return text;
}

const deadline = (seconds: number) => `  kubectl: {}\n  statusCheckDeadlineSeconds: ${seconds}`;

test("an instruction that no Dockerfile has is shown with its line and a caret", async () => {
  await using it = await projectRun("instruction");
  await it.sample.edit("web/Dockerfile", "COPY version.txt", "COPPY version.txt");
  const text = await fails(it);
  expect(text).toMatch(/^web\/Dockerfile:9:1: error: .*unknown instruction: COPPY/m);
  expect(text).toContain("9 | COPPY version.txt /www/version.txt\n  | ^^^^^");
  expect(it.proxy.writes()).toEqual([]);
});

test("a step that fails is shown with its line, and what it said once", async () => {
  await using it = await projectRun("step");
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo compiling; echo main.c:3: no semicolon; exit 3");
  const text = await fails(it);
  expect(text).toMatch(/^web\/Dockerfile:11:1: error: .*exit code: 3$/m);
  expect(text.match(/ compiling$/gm)).toHaveLength(1);
  expect(text.match(/ main.c:3: no semicolon$/gm)).toHaveLength(1);
  expect(it.proxy.writes()).toEqual([]);
});

test("a container that crashes at start is told with its exit code and its last log lines", async () => {
  await using it = await projectRun("crash");
  await it.sample.edit(
    "web/Dockerfile",
    /CMD .*/,
    `CMD ["/bin/sh", "-c", "echo reading settings; echo no database; exit 3"]`,
  );
  const text = await fails(it);
  expect(text).toContain(`error: deployment/web in namespace ${it.namespace}: container web crashed with exit code 3`);
  expect(text).toContain("  | web: reading settings\n  | web: no database\n  hint: ");
});

test("an image that cannot be pulled is named with the registry's words", async () => {
  await using it = await projectRun("pull");
  await it.sample.edit("k8s/app.yaml", /image: .*/, "image: localhost:1/nobody/nothing:v1");
  const text = await fails(it);
  expect(text).toMatch(/^error: .*container web cannot pull the image localhost:1\/nobody\/nothing:v1: .*refused/m);
  expect(text).toContain("hint: check the image's name and tag");
});

test("a namespace that is not there is told once, with the one that was meant", async () => {
  await using it = await projectRun("missing");
  const { code, text } = await it.run("run", "-n", `${it.namespace}x`);
  expect(code).toBe(1);
  expect(text.match(/^error: .*$/gm)).toEqual([
    `error: there is no namespace ${it.namespace}x, and 3 objects go into it`,
  ]);
  expect(text).toContain(`hint: did you mean ${it.namespace}? else create it with: kubectl create namespace`);
});

test("a probe that fails until the deadline is named with its answer", async () => {
  await using it = await projectRun("probe");
  await it.sample.edit("k8s/app.yaml", "/version.txt, port", "/no-such-page, port");
  await it.sample.edit("skaffold.yaml", "  kubectl: {}", deadline(15));
  const text = await fails(it);
  expect(text).toMatch(
    /^error: .*was not ready within 15 s: container web is not ready: readiness probe failed: .*404/m,
  );
  expect(text).toContain("hint: check the probe's path and port");
});

test("a pod that no node takes is told with the scheduler's words", async () => {
  await using it = await projectRun("schedule");
  await it.sample.edit(
    "k8s/app.yaml",
    "          ports:",
    "          resources: {requests: {cpu: 900}}\n          ports:",
  );
  await it.sample.edit("skaffold.yaml", "  kubectl: {}", deadline(15));
  const text = await fails(it);
  expect(text).toMatch(/^error: .*cannot be scheduled: .*Insufficient cpu/m);
  expect(text).toContain("hint: check its node selector");
});

test("a manifest that is no YAML is refused with its place before anything is built", async () => {
  await using it = await projectRun("yaml");
  await it.sample.edit("k8s/app.yaml", "  replicas: 1", "  replicas: [1");
  const text = await fails(it);
  expect(text).toMatch(/^k8s\/app\.yaml:\d+:\d+: error: not valid YAML: /m);
  expect(text).not.toContain("Building [");
  expect(it.proxy.writes()).toEqual([]);
});

test("a field that the cluster does not know is pointed at where it stands", async () => {
  await using it = await projectRun("field");
  await it.sample.edit("k8s/app.yaml", "readinessProbe:", "readynessProbe:");
  const text = await fails(it);
  expect(text).toMatch(
    /^k8s\/app\.yaml:21:11: error: cannot apply deployment\/web .*readynessProbe: field not declared in schema/m,
  );
  expect(text).toContain("21 |           readynessProbe:\n   |           ^^^^^^^^^^^^^^");
});

test("a value that the cluster refuses is pointed at where it stands", async () => {
  await using it = await projectRun("value");
  await it.sample.edit("k8s/app.yaml", "    - port: 80\n", "    - port: 800000\n");
  const text = await fails(it);
  expect(text).toMatch(
    /^k8s\/app\.yaml:\d+:\d+: error: cannot apply service\/web .*Invalid value: 800000: must be between/m,
  );
  expect(text).toMatch(/\| {5}- port: 800000\n +\| {13}\^{6}$/m);
});

test("everything that is wrong with the configuration is told at once, each with a caret", async () => {
  await using it = await projectRun("config");
  await it.sample.edit("skaffold.yaml", "tagPolicy:", "tagPolcy:");
  await it.sample.edit("skaffold.yaml", "push: false", "push: maybe");
  await it.sample.edit("skaffold.yaml", "kubectl:", "kubctl:");
  const text = await fails(it);
  const heads = text.split("\n").filter((line) => / error: /.test(line));
  expect(heads.map((line) => line.split(":").slice(0, 3).join(":"))).toEqual([
    "skaffold.yaml:6:3",
    "skaffold.yaml:16:11",
    "skaffold.yaml:23:3",
  ]);
  expect(text.match(/^ +\| +\^+$/gm)).toHaveLength(3);
  expect(text).toContain("did you mean tagPolicy?");
  expect(text).toContain("did you mean kubectl?");
});

test("a context that does not exist is told before anything is built", async () => {
  await using it = await projectRun("context");
  const { code, text } = await it.run("run", "--kube-context", "prxied");
  expect(code).toBe(1);
  expect(text).toMatch(/^error: the context "prxied" is not in .*\n {2}hint: did you mean proxied\?$/m);
  expect(text).not.toContain("Building [");
});

test("words that are no command line end with 127 and the word that was meant, before anything else", async () => {
  const cwd = tmpdir();
  expect(await devloop(["rnu"], { cwd })).toEqual({
    code: 127,
    text: 'error: unknown command "rnu" for "devloop"\n  hint: did you mean run?\nSee "devloop --help".',
  });
  expect(await devloop(["run", "--tial"], { cwd })).toEqual({
    code: 127,
    text: 'error: unknown flag: --tial\n  hint: did you mean --tail?\nSee "devloop run --help".',
  });
});
