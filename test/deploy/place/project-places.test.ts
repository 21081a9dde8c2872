/** Which modules of a project go to which context. */
import { expect, test } from "bun:test";
import type { Module } from "../../../src/config/project.ts";
import { modulesByContext } from "../../../src/deploy/place/project-places.ts";

/** `kubectl` and `helm` deploy something; `none` only builds. */
const module = (name: string, how: "kubectl" | "helm" | "none", kubeContext?: string) =>
  ({ name, deploy: { ...(how === "none" ? {} : { [how]: {} }), kubeContext } }) as unknown as Module;

const rows: readonly {
  readonly what: string;
  readonly modules: readonly Module[];
  readonly asked?: string;
  readonly current?: string;
  readonly are: readonly (readonly [context: string | undefined, ...modules: string[]])[];
}[] = [
  { what: "no module", modules: [], are: [] },
  { what: "a module without a context", modules: [module("a", "kubectl")], are: [[undefined, "a"]] },
  {
    what: "each with its own, in the order of the modules",
    modules: [module("a", "kubectl", "two"), module("b", "helm", "one"), module("c", "kubectl", "two")],
    are: [
      ["two", "a", "c"],
      ["one", "b"],
    ],
  },
  {
    what: "the current context for a module that names none beside one that does",
    modules: [module("a", "kubectl"), module("b", "kubectl", "two")],
    current: "here",
    are: [
      ["here", "a"],
      ["two", "b"],
    ],
  },
  {
    what: "a module that only builds has the place of the first that deploys",
    modules: [module("a", "none"), module("b", "kubectl", "two"), module("c", "kubectl", "three")],
    current: "here",
    are: [
      ["two", "a", "b"],
      ["three", "c"],
    ],
  },
  {
    what: "a module that only builds and names a context has that one",
    modules: [module("a", "kubectl", "two"), module("b", "none", "three")],
    are: [
      ["two", "a"],
      ["three", "b"],
    ],
  },
  {
    what: "the command line's context for all",
    modules: [module("a", "kubectl", "two"), module("b", "helm", "one")],
    asked: "asked",
    are: [["asked", "a", "b"]],
  },
];

for (const { what, modules, asked, current, are } of rows)
  test(what, () => {
    const found = [...modulesByContext(modules, asked, current)];
    expect(found.map(([context, some]) => [context, ...some.map(({ name }) => name)])).toEqual(
      are.map((row) => [...row]),
    );
  });
