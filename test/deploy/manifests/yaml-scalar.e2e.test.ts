import { expect, test } from "bun:test";
import { plainScalar } from "../../../src/deploy/manifests/yaml-scalar.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { scalarCases } from "../scalar-cases.ts";

/** Random texts over the characters that numbers are made of, from a fixed seed. */
function randomTexts(count: number): string[] {
  let state = 20240229;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const alphabet = ["0", "1", "7", "8", "9", ".", "_", "e", "E", "x", "b", "o", "+", "-", "a", "F"];
  const texts = Array.from({ length: count }, () =>
    Array.from({ length: 1 + next(6) }, () => alphabet[next(alphabet.length)]).join(""),
  );
  return [...new Set(texts)].filter(
    (text) => !/^(?:-|\?|-.*: |---?$)|^- |^\.\.\.$/.test(text) || /^-[0-9.]/.test(text),
  );
}

test("plain scalars are what kubectl reads", async () => {
  const texts = [...scalarCases.map(([text]) => text).filter((text) => !["-", "...", "1e400"].includes(text))];
  const all = [...texts, ...randomTexts(600)];
  const readable = all.filter((text) => "value" in plainScalar(text));
  const data = readable.map((text, i) => `  k${i}: ${text}`).join("\n");
  const manifest = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scalars}\ndata:\n${data}\n`;
  const out = await kubectl(["create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-"], manifest);
  const read = JSON.parse(out).data as Record<string, unknown>;
  const theirs = readable.map((text, i) => [text, read[`k${i}`] ?? null]);
  expect(readable.length).toBeGreaterThan(300);
  expect(readable.map((text) => [text, (plainScalar(text) as { value: unknown }).value])).toEqual(theirs);
});
