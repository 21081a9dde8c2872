/** Which artifacts of a project take part in a command, and under which names. */
import { afterAll, expect, test } from "bun:test";
import { type ImageOptions, withRequired } from "../../../src/phase/image/composed-artifacts.ts";
import { composedFor } from "../../build/composed.ts";
import { header, loadFiles } from "../../rig/config-files.ts";
import { testStore } from "../../rig/test-store.ts";

const kept = await testStore();
afterAll(() => kept[Symbol.asyncDispose]());

const three = `build:
  artifacts:
    - image: base
    - image: shop/web
      requires: [{image: base}]
    - image: shop/api
`;

async function composed(options: Partial<ImageOptions>, body = three) {
  const { project, environment, printed } = await loadFiles({ "skaffold.yaml": header + body });
  if (!project) throw new Error(printed);
  return composedFor({ project, environment }, kept.store, options);
}
const names = async (options: Partial<ImageOptions>) => (await composed(options)).map(({ image }) => image);
const refusal = (taking: Promise<unknown>) => taking.then(() => "taken").catch((thrown: Error) => thrown.message);

test("without a choice every artifact takes part", async () => {
  expect(await names({})).toEqual(["base", "shop/web", "shop/api"]);
});

test("a chosen artifact brings those that it requires, in the order of the project", async () => {
  expect(await names({ only: ["web"] })).toEqual(["base", "shop/web"]);
  expect(await names({ only: ["api"] })).toEqual(["shop/api"]);
  expect(await names({ only: ["shop", "api"] })).toEqual(["base", "shop/web", "shop/api"]);
});

test("a choice that no artifact's name contains is refused, whatever else is chosen", async () => {
  expect(await refusal(composed({ only: ["web", "apu"] }))).toContain('no artifact\'s name contains "apu"');
});

test("every image is named under the default repository, which has to be one", async () => {
  const works = await composed({ defaultRepo: "registry.example.com/team" });
  expect(works.map(({ repository }) => repository)).toEqual([
    "registry.example.com/team/base",
    "registry.example.com/team/shop_web",
    "registry.example.com/team/shop_api",
  ]);
  expect(await refusal(composed({ defaultRepo: "Not A Repo" }))).toContain("--default-repo");
});

test("a given tag is the tag of every artifact", async () => {
  const [work] = await composed({ tag: "v7" });
  expect(await work?.tag("key", "tree:none" as never, new AbortController().signal)).toEqual({ tag: "v7", also: [] });
});

test("what is required counts through several steps, and once where artifacts require each other", () => {
  const on = (image: string, ...others: string[]) => ({
    image,
    requires: others.map((other) => ({ image: other, alias: other })),
  });
  const all = [on("a"), on("b", "a"), on("c", "b"), on("d")];
  const chosen = (image: string) =>
    withRequired(
      all.filter((one) => one.image === image),
      all,
    ).map((one) => one.image);
  expect([chosen("c"), chosen("d")]).toEqual([["a", "b", "c"], ["d"]]);
  const circle = [on("x", "y"), on("y", "x")];
  expect(withRequired(circle.slice(0, 1), circle)).toHaveLength(2);
});
