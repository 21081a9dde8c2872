/**
 * Modules with kustomizations, rendered in sessions over one store, by whatever `kustomize` is first on PATH: what a
 * command, or one save after another in `dev`, would do with them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HostHook } from "../../src/deploy/hooks/host-hook.ts";
import type { Event } from "../../src/event/event.ts";
import type { Executor, KnownChanges, PassResult } from "../../src/graph/request.ts";
import { createExecutor } from "../../src/graph/run/run.ts";
import { type RenderOutput, type RenderWork, renderTasks } from "../../src/phase/deploy/render.ts";
import { taskId } from "../../src/phase/ids.ts";
import { systemClock } from "../../src/std/clock.ts";
import { openStore } from "../../src/store/store.ts";
import { tempFolder } from "../rig/temp-folder.ts";

export interface RenderSession extends AsyncDisposable {
  readonly executor: Executor;
  readonly events: readonly Event[];
  pass(changes?: KnownChanges): Promise<PassResult>;
  /** The names of the objects that the module has. */
  names(result: PassResult, module?: string): readonly string[];
}

export const at = { file: "skaffold.yaml", line: 3, column: 1, length: 1, text: "" };

export async function kustomizations(modules: Readonly<Record<string, Partial<RenderWork>>>) {
  const folder = await tempFolder();
  const cwd = join(folder.path, "work");
  await mkdir(cwd);
  const works = () =>
    Object.entries(modules).map(
      ([module, more]): RenderWork => ({
        module,
        sources: [],
        kustomizations: [],
        cwd,
        hooks: { before: [], after: [] },
        facts: {},
        seal: (value) => `sealed:${value.length}`,
        ...more,
      }),
    );
  return {
    cwd,
    home: folder.path,
    async write(path: string, text: string): Promise<void> {
      await mkdir(dirname(join(cwd, path)), { recursive: true });
      await writeFile(join(cwd, path), text);
    },
    source: (directory: string, buildArgs: readonly string[] = []) =>
      ({
        directory: directory.includes("://") ? directory : join(cwd, directory),
        kind: directory.includes("://") ? "address" : "path",
        buildArgs,
        at,
      }) as const,
    hook: (...command: string[]): HostHook => ({ command, os: [], dir: cwd, at }),
    /** A new process on the same store. */
    async session(): Promise<RenderSession> {
      await using stack = new AsyncDisposableStack();
      const paths = { cacheDir: join(folder.path, "cache"), stateDir: join(folder.path, "state") };
      const store = stack.use(await openStore({ ...paths, clock: systemClock }));
      const events: Event[] = [];
      const executor = stack.use(
        createExecutor({
          records: store.records("p"),
          durations: store.durations("p"),
          clock: systemClock,
          emit: (event) => void events.push(event),
        }),
      );
      const owned = stack.move();
      return {
        executor,
        events,
        pass: (changes) =>
          executor.pass({
            tasks: works().flatMap(renderTasks),
            signal: new AbortController().signal,
            onFailure: "continue",
            ...(changes ? { changes } : {}),
          }),
        names(result, module = "app") {
          const output = result.outputs.get(taskId.render(module)) as unknown as RenderOutput | undefined;
          return (output?.manifests ?? []).map(({ object }) => object.metadata.name);
        },
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
