/**
 * Broken and odd configs from whole ones: characters and lines lost or doubled, keys exchanged for others that mean
 * something, values of another kind, aliases, other versions. A seed gives the same text again.
 */
import { versions } from "../../../src/config/upgrade/versions.ts";

/** Numbers below a bound, the same ones for the same seed. */
export type Dice = (below: number) => number;

export function dice(seed: number): Dice {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const words = [
  ..."apiVersion build artifacts image imageName context workspace docker dockerfile dockerfilePath buildArgs".split(
    " ",
  ),
  ..."kaniko flags cache cluster local push skipPush tagPolicy sync manual auto infer custom jib jibMaven".split(" "),
  ..."jibGradle module profile args buildpack buildpacks secret secrets dst ko platforms plugin properties".split(" "),
  ..."executionEnvironment deploy kubectl manifests rawYaml remoteManifests kustomize paths path helm releases".split(
    " ",
  ),
  ..."values artifactOverrides imageStrategy setValueTemplates remote chartPath valuesFilePath hooks before".split(" "),
  ..."after host command kpt lifecycleHooks profiles patches op value from name verify container env".split(" "),
  ..."activation requires portForward localPort <<".split(" "),
];
const values = [
  "",
  "~",
  "{}",
  "[]",
  "true",
  "0",
  "text",
  "[a, b]",
  "[{}]",
  "{name: x}",
  "{a: {b: [c]}}",
  "[[x], ~]",
  "&a {image: x}",
  "*a",
  "&a [*a]",
  "!!binary x",
  "2020-01-01",
  "|\n      block",
  "/deploy/helm/releases/0/artifactOverrides/image",
  "/build/kaniko",
  "/deploy",
  "{<<: *a, helm: {}}",
];

export function mutated(text: string, roll: Dice): string {
  let result = text;
  for (let i = roll(3) + 1; i > 0; i--) result = mutateOnce(result, roll);
  return result;
}

function mutateOnce(text: string, roll: Dice): string {
  const lines = text.split("\n");
  const index = roll(lines.length);
  const line = lines[index] ?? "";
  const any = (list: readonly string[]): string => list[roll(list.length)] as string;
  switch (roll(10)) {
    case 0:
      return text.replace(/skaffold\/\w+/, `skaffold/${any(versions)}`);
    case 1:
      return lines.toSpliced(index, 1).join("\n");
    case 2:
      return lines.toSpliced(roll(lines.length), 0, line).join("\n");
    case 3:
      return lines.with(index, line.replace(/[\w.]+:/, `${any(words)}:`)).join("\n");
    case 4:
      return lines.with(index, line.replace(/:.*$/, `: ${any(values)}`)).join("\n");
    case 5:
      return lines.with(index, line.replace(/- .*$/, `- ${any(values)}`)).join("\n");
    case 6:
      return lines.with(index, roll(2) === 0 ? `  ${line}` : line.replace(/^ {2}/, "")).join("\n");
    case 7:
      return lines.with(index, line.replace(/: (?=\S)/, ": &a ")).join("\n");
    case 8:
      return lines.with(index, line.replace(/: .*$/, ": *a")).join("\n");
    default: {
      const at = roll(text.length + 1);
      return (
        text.slice(0, at) +
        any(["", ":", "-", "{", "]", "\t", "\u0000", "#", "&", "*", '"', " ", "\n"]) +
        text.slice(at + roll(3))
      );
    }
  }
}
