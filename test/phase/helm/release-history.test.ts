/** Histories whose records only helm can read: which cluster it is asked for, and what it says. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { historiesOf } from "../../../src/phase/helm/release-history.ts";
import { type Fakes, fakes } from "../../rig/fake-program.ts";

const path = process.env.PATH;
const { signal } = new AbortController();
let on: Fakes;

beforeEach(async () => {
  on = await fakes();
  process.env.PATH = `${join(on.home, "bin")}:${path}`;
});
afterEach(async () => {
  process.env.PATH = path;
  await on[Symbol.asyncDispose]();
});

const asked = (context: string) =>
  historiesOf(
    { driver: "other", kubeconfig: "/own/config" } as never,
    { cluster: { context } } as never,
    "shop",
    [{ name: "web", directory: on.home }] as never,
    signal,
  );

test.each([
  ["dev", "--kube-context dev --kubeconfig /own/config"],
  ["in-cluster", "--kubeconfig /own/config"],
])("helm is asked in the context %s", async (context, flags) => {
  await on.add("helm", `echo '[{"revision": 3, "status": "deployed"}]'`);
  const newest = { revision: 3, status: "deployed", uid: "web.v3" };
  expect(await asked(context)).toEqual({ web: { newest, deployed: newest } });
  expect((await on.calls()).at(-1)).toEndWith(`history web --namespace shop --max 1 -o json ${flags}`);
});

test("a failed revision is the newest and not deployed; a release that helm does not find has no history", async () => {
  await on.add("helm", `echo '[{"revision": 4, "status": "failed"}]'`);
  expect(await asked("dev")).toEqual({ web: { newest: { revision: 4, status: "failed", uid: "web.v4" } } });
  await on.add("helm", "echo 'Error: release: not found' >&2; exit 1");
  expect(await asked("dev")).toEqual({});
});
