/** By what others would know a build: the same on every machine of a team, with nothing of the machine in it. */
import { expect, test } from "bun:test";
import { makeTeamSecret, sealer, teamKeys } from "../../src/graph/plan/seal.ts";
import type { ObserveTask } from "../../src/graph/task.ts";
import { taskId } from "../../src/phase/ids.ts";
import type { ArtifactWork } from "../../src/phase/image/artifact.ts";
import { buildTask } from "../../src/phase/image/build.ts";
import { tagTask } from "../../src/phase/image/tag.ts";
import type { Json } from "../../src/std/data/json.ts";
import { graphSession, memoryRecords } from "../rig/graph-session.ts";

interface Machine {
  readonly secret: string;
  readonly team: string | undefined;
  readonly token?: string;
  readonly base?: string | null;
  readonly required?: Json;
}

/** The local and the shared key under which a machine knows the build of `web`. */
async function keysOn({
  secret,
  team,
  token = "hunter2",
  base = "sha256:base",
  required = { imageId: "sha256:lib" },
}: Machine) {
  const parts = (seal: (value: string) => string) => async () => ({ buildArgs: { TOKEN: seal(token) } });
  const artifact = {
    image: "web",
    repository: "web",
    requires: [{ image: "lib", alias: "LIB" }],
    tagFromKey: false,
    parts: parts(sealer(secret)),
    sharedParts: parts((value) => value),
    ...(team === undefined ? {} : { teamParts: parts(teamKeys(team).seal) }),
    tag: async () => ({ tag: "v1", also: [] }),
    build: async () => ({ imageId: "sha256:web" }),
  } as unknown as ArtifactWork;
  const look = (id: string, output: Json): ObserveTask => ({
    id,
    kind: "look",
    mode: "observe",
    deps: [],
    run: async () => output,
  });
  const asked: string[] = [];
  const records = memoryRecords();
  const { executor, events } = graphSession({
    records,
    sources: [
      {
        name: "the team's cache",
        find: async ({ key }) => {
          asked.push(key);
          return [];
        },
      },
    ],
  });
  const tasks = [
    look(taskId.hash("web"), { "main.go": "file 644 aa" }),
    look(taskId.tag("lib"), { reference: "lib:v1" }),
    look(taskId.build("lib"), required),
    look(taskId.name("lib"), { content: "lib:1" }),
    look(taskId.held("web"), {}),
    look(taskId.bases("web"), { from: "engine", ids: { golang: base }, made: [] }),
    tagTask(artifact),
    buildTask(artifact, { forced: false, required: false, readIn: new Set() }),
  ];
  await executor.pass({ tasks, signal: new AbortController().signal, onFailure: "stop" });
  expect(JSON.stringify([...records.outputs(taskId.build("web")), events])).not.toContain("hunter2");
  return { local: records.last(taskId.build("web"))?.key, shared: asked[0] };
}

const team = makeTeamSecret();

test("two machines of a team know a build by one shared key and by two of their own", async () => {
  const one = await keysOn({ secret: "one", team });
  const two = await keysOn({ secret: "two", team });
  expect(one.shared).toMatch(/^[0-9a-f]{64}$/);
  expect(two.shared).toBe(one.shared as string);
  expect(two.local).not.toBe(one.local as string);
  expect(one.shared).not.toBe(one.local as string);
});

test("whatever changes the result is in the shared key, and another team has another one", async () => {
  const machine = { secret: "one", team };
  const keys = await Promise.all(
    [
      machine,
      { ...machine, token: "other" },
      { ...machine, base: "sha256:newer" },
      { ...machine, required: { imageId: "sha256:other" } },
      { ...machine, team: makeTeamSecret() },
    ].map(keysOn),
  );
  expect(new Set(keys.map(({ shared }) => shared)).size).toBe(keys.length);
});

test.each([
  ["without a team's secret", { team: undefined }],
  ["from a base image that only its name tells", { team, base: null }],
  ["from a required image that is given by its name", { team, required: { reference: "lib:given" } }],
] as const)("a build %s is asked of nobody", async (_how, more) => {
  expect((await keysOn({ secret: "one", ...more })).shared).toBeUndefined();
});
