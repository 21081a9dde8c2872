/** Resolves one document with its profiles applied to a module of the project. */
import type { Place } from "../../diag/diagnostic.ts";
import { optional } from "../../std/data/optional.ts";
import type { BuildSettings, LocalBuild, Module, Test } from "../project.ts";
import type { build as buildSchema, local as localSchema } from "../schema/sections/build.ts";
import type { config } from "../schema/sections/config.ts";
import type { testCase } from "../schema/sections/test.ts";
import type { View } from "../schema/view.ts";
import { templated } from "../templated.ts";
import { child, toJson } from "../yaml/tree.ts";
import { resolveArtifact } from "./artifact.ts";
import { clusterBuild } from "./cluster-build.ts";
import { resolveDeploy } from "./deploy.ts";
import { resolveHostHooks } from "./hooks.ts";
import { resolveManifests } from "./manifests.ts";
import { resolvePortForward } from "./port-forward.ts";
import { absolutePath, type Scope } from "./scope.ts";
import { resolveTagPolicy } from "./tag-policy.ts";

export interface ModuleIdentity {
  readonly name: string;
  readonly id: string;
  readonly file: string;
  readonly at: Place;
  readonly profiles: readonly string[];
}

export type ConfigView = View<(typeof config)["fields"]>;

export function resolveModule(view: ConfigView, identity: ModuleIdentity, scope: Scope): Module {
  const build = view.object("build");
  const selector = view.object("resourceSelector");
  const filters = (which: "allow" | "deny") =>
    selector?.objects(which).map((filter) => ({
      groupKind: filter.text("groupKind") ?? "",
      image: filter.texts("image"),
      labels: filter.texts("labels"),
      podSpec: filter.texts("podSpec"),
    })) ?? [];
  return {
    ...identity,
    directory: scope.directory,
    artifacts: build?.objects("artifacts").flatMap((artifact) => resolveArtifact(artifact, scope, build) ?? []) ?? [],
    build: buildSettings(build, scope),
    tagPolicy: resolveTagPolicy(build?.object("tagPolicy")),
    tests: view.objects("test").map((test) => resolveTest(test, scope)),
    manifests: resolveManifests(view, identity.at, scope),
    deploy: resolveDeploy(view.object("deploy"), view.object("manifests")?.object("helm"), scope),
    portForward: view.objects("portForward").flatMap((forward) => resolvePortForward(forward, scope) ?? []),
    resourceSelector: { allow: filters("allow"), deny: filters("deny") },
  };
}

function buildSettings(view: View<(typeof buildSchema)["fields"]> | undefined, scope: Scope): BuildSettings {
  const cluster = view?.object("cluster");
  return {
    hooks: resolveHostHooks(view?.object("hooks"), scope),
    local: localBuild(view?.object("local")),
    ...optional("cluster", cluster && clusterBuild(cluster, scope)),
    insecureRegistries: view?.texts("insecureRegistries") ?? [],
    platforms: view?.texts("platforms") ?? [],
  };
}

function localBuild(view: View<(typeof localSchema)["fields"]> | undefined): LocalBuild {
  const [push, useBuildkit, concurrency] = [view?.bool("push"), view?.bool("useBuildkit"), view?.int("concurrency")];
  return {
    ...(push === undefined ? {} : { push }),
    tryImportMissing: view?.bool("tryImportMissing") ?? false,
    useDockerCLI: view?.bool("useDockerCLI") ?? false,
    ...(useBuildkit === undefined ? {} : { useBuildkit }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

function resolveTest(view: View<(typeof testCase)["fields"]>, scope: Scope): Test {
  const path = (text: string) => absolutePath(text, scope.directory, scope.home);
  return {
    image: view.text("image") ?? "",
    context: path(view.text("context") ?? "."),
    custom: view.objects("custom").flatMap((test) => {
      const command = test.scalar("command");
      const dependencies = child(test.node, "dependencies");
      if (!command) return [];
      return [
        {
          command: templated(command, "print"),
          timeoutSeconds: test.int("timeoutSeconds") ?? 0,
          ...(dependencies === undefined ? {} : { dependencies: toJson(dependencies) }),
        },
      ];
    }),
    structureTests: view.texts("structureTests").map(path),
    structureTestsArgs: view.texts("structureTestsArgs"),
    at: view.place(),
  };
}
