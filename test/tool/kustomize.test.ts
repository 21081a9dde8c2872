/** Which program makes the manifests, with which arguments, and what is said when none does. Fakes on PATH. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Failure } from "../../src/diag/failure.ts";
import { kustomizeBuild } from "../../src/tool/kustomize.ts";
import { type Fakes, fakes } from "../rig/fake-program.ts";

const path = process.env.PATH;
let on: Fakes;
beforeEach(async () => {
  on = await fakes();
  process.env.PATH = join(on.home, "bin");
});
afterEach(async () => {
  process.env.PATH = path;
  await on[Symbol.asyncDispose]();
});

const build = (signal = new AbortController().signal) =>
  kustomizeBuild({ target: "over lay", args: ["--enable-helm"], cwd: on.home }, signal);

test("kustomize where it is there; what it says beside the manifests is given on", async () => {
  await on.add("kustomize", "echo '# Warning: bases is old' >&2; echo; echo 'kind: A'");
  await on.add("kubectl");
  expect(await build()).toEqual({
    manifests: "\nkind: A\n",
    warnings: ["# Warning: bases is old"],
    command: "kustomize build --enable-helm 'over lay'",
  });
  expect(await on.calls()).toEqual(["kustomize build --enable-helm over lay"]);
});

test("kubectl's own where it is not", async () => {
  await on.add("kubectl", "echo 'kind: A'");
  expect(await build()).toMatchObject({ manifests: "kind: A\n", warnings: [] });
  expect(await on.calls()).toEqual(["kubectl kustomize --enable-helm over lay"]);
});

test("neither", async () => {
  const failure = await build().catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).diagnostics).toEqual([
    {
      severity: "error",
      message: "a kustomization needs kustomize or kubectl, and neither is on PATH",
      suggestion: "install kustomize",
    },
  ]);
});

test("a failing build shows its last lines and the command, and kubectl is not tried", async () => {
  await on.add("kustomize", "echo 'Error: no such base' >&2; exit 1");
  await on.add("kubectl", "echo 'kind: A'");
  const failure = await build().catch((thrown: unknown) => thrown);
  expect((failure as Failure).diagnostics).toMatchObject([
    {
      message: "kustomize failed with exit code 1",
      command: "kustomize build --enable-helm 'over lay'",
      details: ["Error: no such base"],
    },
  ]);
  expect(await on.calls()).toHaveLength(1);
});

test("a cancellation is the signal's reason", async () => {
  await on.add("kustomize");
  await expect(build(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});
