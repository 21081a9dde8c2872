/**
 * Words as BuildKit expands them, asked of BuildKit itself: random ARG and ENV lines, and after each a label with a
 * random word. What our reader claims to know has to be what the built image's label says.
 */
import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readInstructions } from "../../../../src/build/docker/dockerfile/instructions.ts";
import { readPlan } from "../../../../src/build/docker/dockerfile/read-plan.ts";
import { docker } from "../../../rig/scratch-image.ts";
import { type Seeded, seeded } from "../seeded.ts";

const seed = Number(process.env.DEVLOOP_TEST_SEED ?? 20_260_101);
const rounds = Math.ceil(Number(process.env.DEVLOOP_TEST_ROUNDS ?? 60) / 10);
const wordsPerRound = 30;
const names = ["A", "B", "C_1", "PATH", "given"];

const literals = [
  "x",
  "a/b",
  "..",
  "$$",
  "\\$A",
  "'$A'",
  '"$A"',
  '"\\"q\\""',
  "\\x",
  "''",
  '"a b"',
  "'a b'",
  "$",
  "$9",
];

function word(random: Seeded, depth = 0): string {
  const name = random.pick(names);
  const inner = () => (depth < 2 ? word(random, depth + 1) : "z");
  const variable = random.pick([
    () => `$${name}`,
    () => `\${${name}}`,
    () => `\${${name}:-${inner()}}`,
    () => `\${${name}-${inner()}}`,
    () => `\${${name}:+${inner()}}`,
    () => `\${${name}+${inner()}}`,
    () => `"\${${name}}-\${${name}:-d}"`,
    () => `\${${name}#x}`,
    () => `\${${name}/x/y}`,
  ]);
  const parts = Array.from({ length: 1 + random.int(3) }, () =>
    random.chance(0.55) ? variable() : random.pick(depth > 0 ? literals.filter((l) => !l.includes(" ")) : literals),
  );
  return parts.join(random.pick(["", "-", "/"]));
}

/** The same file twice: words as labels for BuildKit, as destinations of a copy for us. */
function dockerfiles(random: Seeded): { asked: string; read: string } {
  const lines = ["ARG A=global", "ARG B", "FROM scratch"];
  const asked = [...lines];
  const read = [...lines];
  for (let i = 0; i < wordsPerRound; i++) {
    const setting = random.pick([
      () => `ARG ${random.pick(names)}`,
      () => `ARG ${random.pick(names)}=${word(random)}`,
      () => `ENV ${random.pick(names)}=${word(random)}`,
      () => `ENV ${random.pick(names)}=${word(random)} ${random.pick(names)}=${word(random)}`,
    ])();
    const text = word(random);
    asked.push(setting, `LABEL l${i}=${text}`);
    // A list form keeps blanks; JSON escapes are undone before expansion.
    read.push(setting, `COPY ${JSON.stringify(["x", `/${text}`])}`);
  }
  return { asked: asked.join("\n"), read: read.join("\n") };
}

test(
  "a word that we claim to know is what BuildKit makes of it",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "devloop-words-"));
    const tag = `devloop-test/words:${process.pid}`;
    let known = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        const random = seeded(seed + 50_000 + round);
        const { asked, read } = dockerfiles(random);
        await writeFile(join(folder, "Dockerfile"), asked);
        const args = ["--provenance=false", "--build-arg", "given=from outside"];
        await docker("buildx", "build", "--quiet", "--load", "--tag", tag, ...args, folder);
        const labels: Record<string, string> = JSON.parse(
          await docker("image", "inspect", "--format", "{{json .Config.Labels}}", tag),
        );
        await docker("image", "rm", tag);
        const plan = readPlan(readInstructions(read), {
          buildArgs: { given: "from outside" },
          platform: "linux/amd64",
          buildPlatform: "linux/amd64",
          baseImage: () => undefined,
        });
        const copies = plan.stages.flatMap((stage) => stage.steps.filter((step) => step.kind === "copy"));
        expect(copies).toHaveLength(wordsPerRound);
        for (const [i, { destination, line }] of copies.entries()) {
          if (destination === null) continue;
          known++;
          const text = read.split("\n")[line - 1];
          expect({ seed: seed + 50_000 + round, text, asked, is: destination }).toEqual({
            seed: seed + 50_000 + round,
            text,
            asked,
            is: `/${labels[`l${i}`]}`,
          });
        }
      }
      console.log(`words: ${known} of ${rounds * wordsPerRound} known`);
      expect(known).toBeGreaterThan((rounds * wordsPerRound) / 6);
    } finally {
      await docker("image", "rm", tag).catch(() => "");
      await rm(folder, { recursive: true, force: true });
    }
  },
  rounds * 10_000,
);
