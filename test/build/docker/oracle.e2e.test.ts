/**
 * BuildKit is the oracle: change one random thing in a random context, and where BuildKit runs a step again our key must
 * have changed. The other direction only costs time, so it is counted and has a bound. A failing round names its seed:
 * DEVLOOP_TEST_SEED replays it, DEVLOOP_TEST_ROUNDS asks for more.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectDocker } from "../../../src/build/docker/inspect.ts";
import type { DockerSpec } from "../../../src/build/docker/spec.ts";
import { oracleBuild, oraclePaths, shellImage } from "./buildkit-oracle.ts";
import { filesOf, keyOfContext } from "./key-of-context.ts";
import { changeOne, listPaths, randomIgnore, writeContext } from "./random-context.ts";
import { randomDockerfile } from "./random-dockerfile.ts";
import { seeded } from "./seeded.ts";

const seed = Number(process.env.DEVLOOP_TEST_SEED ?? 20_260_101);
const rounds = Number(process.env.DEVLOOP_TEST_ROUNDS ?? 60);
/** Several rounds at once: most of a build is waiting for the client. */
const lanes = 4;
const pick = ["src", "docs", "static", "deep"];
let shell: Awaited<ReturnType<typeof shellImage>>;
let folder: string;

beforeAll(async () => {
  shell = await shellImage();
  folder = await mkdtemp(join(tmpdir(), "devloop-oracle-"));
});
afterAll(async () => {
  await shell[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Runs all rounds, a few at a time; a failure ends the lane that it is in and then the test. */
async function inLanes(count: number, round: (index: number, root: string) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let i = next++; i < count; i = next++) {
        const root = await mkdtemp(join(folder, "context-"));
        await round(i, root);
        await rm(root, { recursive: true });
      }
    }),
  );
}

interface Compared {
  readonly rebuilt: boolean;
  readonly changed: boolean;
  readonly change: string;
  /** What happened, where BuildKit ran a step and the key had not changed. */
  readonly missed: string | undefined;
}

/** One round: builds a random context, changes one thing, builds again. Undefined where there is nothing to compare. */
async function compare(round: number, root: string): Promise<Compared | undefined> {
  const random = seeded(seed + round);
  const salt = `${seed}-${round}-${Date.now()}`;
  await writeContext(root, salt, random);
  const ignore = randomIgnore(random);
  if (ignore) await writeFile(join(root, ".dockerignore"), ignore);
  const dockerfile = randomDockerfile(await listPaths(root), shell.name, salt, random);
  await writeFile(join(root, "Dockerfile"), dockerfile);
  const argsBefore = { PICK: random.pick(pick) };
  // The ignore file may hide what the Dockerfile names: then there is nothing to compare with.
  if (!(await oracleBuild(root, argsBefore)).ok) return undefined;

  const before = await keyOfContext(specOf(root, argsBefore));
  const argsAfter = random.chance(0.08) ? { PICK: random.pick(pick) } : argsBefore;
  const change = argsAfter === argsBefore ? await changeOne(root, salt, random) : `build arg PICK=${argsAfter.PICK}`;
  const after = await keyOfContext(specOf(root, argsAfter));
  const second = await oracleBuild(root, argsAfter);
  const rebuilt = !second.ok || second.ran.length > 0;
  const changed = before.key !== after.key;
  const what = `seed ${seed + round}: ${change}; BuildKit ran ${second.ran.join(", ")} ${second.said.join("\n")}`;
  const missed = [what, dockerfile, ignore, JSON.stringify(after.record, null, 1)].join("\n---\n");
  return { rebuilt, changed, change, missed: rebuilt && !changed ? missed : undefined };
}

function specOf(context: string, buildArgs: Record<string, string> = {}): DockerSpec {
  return { context, dockerfile: join(context, "Dockerfile"), buildArgs };
}

test(
  "whenever BuildKit runs a step again, the key has changed",
  async () => {
    const tally = { rounds: 0, rebuilt: 0, keyChanged: 0, needless: [] as string[] };
    await inLanes(rounds, async (round, root) => {
      let compared = await compare(round, root);
      if (compared?.missed) {
        // The engine may have thrown a cached step away meanwhile: only what happens again is our mistake.
        await rm(root, { recursive: true });
        await mkdir(root);
        compared = await compare(round, root);
      }
      if (compared === undefined) return;
      const { rebuilt, changed, change, missed } = compared;
      if (missed) throw new Error(missed);
      tally.rounds++;
      if (rebuilt) tally.rebuilt++;
      if (changed) tally.keyChanged++;
      if (changed && !rebuilt) tally.needless.push(`seed ${seed + round}: ${change}`);
    });
    const { rounds: compared, rebuilt, keyChanged, needless } = tally;
    const details = process.env.DEVLOOP_TEST_VERBOSE ? `\n${needless.join("\n")}` : "";
    console.log(
      `oracle: ${compared} rounds, ${rebuilt} rebuilt, key changed ${keyChanged}, needlessly ${needless.length}${details}`,
    );
    expect(compared).toBeGreaterThan(rounds / 2);
    expect(rebuilt).toBeGreaterThan(compared / 4);
    expect(needless.length).toBeLessThanOrEqual(compared / 8);
  },
  rounds * 3000,
);

test(
  "the ignore file hides exactly what it hides from BuildKit",
  async () => {
    await inLanes(rounds / 2, async (round, root) => {
      const random = seeded(seed + 10_000 + round);
      await writeContext(root, String(round), random);
      const ignore = randomIgnore(random, 1);
      await writeFile(join(root, ".dockerignore"), ignore);
      const seen = await oraclePaths(root);
      const { sources } = await inspectDocker(specOf(root));
      const ours = Object.keys(await filesOf({ ...sources, extra: [] })).sort();
      expect({ round, ignore, paths: ours }).toEqual({ round, ignore, paths: seen ?? ours });
    });
  },
  rounds * 3000,
);
