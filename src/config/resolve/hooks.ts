/** Resolves hooks of every kind to a list of commands before a step and a list after it. */
import type { ContainerHook, Hook, HostHook, HostHooks, Manifests } from "../project.ts";
import type {
  containerHook,
  deployHooks,
  hostHook,
  hostHooks,
  namedContainerHook,
  renderHooks,
  syncHooks,
} from "../schema/sections/hooks.ts";
import type { View } from "../schema/view.ts";
import { absolutePath, type Scope } from "./scope.ts";

type HostView = Pick<View<(typeof hostHook)["fields"]>, "text" | "texts" | "place">;
type ContainerView = View<(typeof containerHook)["fields"]> | View<(typeof namedContainerHook)["fields"]>;

export const noHooks = { before: [], after: [] } as const;

export function resolveHostHooks(view: View<(typeof hostHooks)["fields"]> | undefined, scope: Scope): HostHooks {
  if (!view) return noHooks;
  const of = (which: "before" | "after") => view.objects(which).flatMap((hook) => host(hook, scope));
  return { before: of("before"), after: of("after") };
}

export function resolveDeployHooks(
  view: View<(typeof deployHooks)["fields"]> | undefined,
  scope: Scope,
): { readonly before: readonly Hook[]; readonly after: readonly Hook[] } {
  if (!view) return noHooks;
  const of = (which: "before" | "after"): Hook[] =>
    view.objects(which).flatMap((item) => {
      const container = item.object("container");
      return [...host(item.object("host"), scope), ...inContainer(container, names(container))];
    });
  return { before: of("before"), after: of("after") };
}

export function resolveSyncHooks(
  view: View<(typeof syncHooks)["fields"]> | undefined,
  scope: Scope,
): { readonly before: readonly Hook[]; readonly after: readonly Hook[] } {
  if (!view) return noHooks;
  const of = (which: "before" | "after"): Hook[] =>
    view
      .objects(which)
      .flatMap((item) => [...host(item.object("host"), scope), ...inContainer(item.object("container"), {})]);
  return { before: of("before"), after: of("after") };
}

export function resolveRenderHooks(
  view: View<(typeof renderHooks)["fields"]> | undefined,
  scope: Scope,
): Manifests["hooks"] {
  if (!view) return noHooks;
  const before = view.objects("before").flatMap((item) => host(item.object("host"), scope));
  const after = view.objects("after").flatMap((item) => {
    const hook = item.object("host");
    const withChange = hook?.bool("withChange") ?? false;
    return host(hook, scope).map((resolved) => ({ ...resolved, withChange }));
  });
  return { before, after };
}

function host(view: HostView | undefined, scope: Scope): readonly HostHook[] {
  const command = view?.texts("command") ?? [];
  if (!view || command.length === 0) return [];
  const written = view.text("dir");
  const dir = written === undefined ? scope.cwd : absolutePath(written, scope.directory, scope.home);
  return [{ kind: "host", command, os: view.texts("os"), dir, at: view.place("command") }];
}

function inContainer(
  view: ContainerView | undefined,
  pods: Pick<ContainerHook, "podName" | "containerName">,
): readonly ContainerHook[] {
  const command = view?.texts("command") ?? [];
  if (!view || command.length === 0) return [];
  return [{ kind: "container", command, ...pods, at: view.place("command") }];
}

function names(view: View<(typeof namedContainerHook)["fields"]> | undefined) {
  const [podName, containerName] = [view?.text("podName"), view?.text("containerName")];
  return {
    ...(podName === undefined ? {} : { podName }),
    ...(containerName === undefined ? {} : { containerName }),
  };
}
