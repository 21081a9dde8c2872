/** Images that the user names: how each form is read, and every complaint at once. */
import { expect, test } from "bun:test";
import { Failure } from "../../../src/diag/failure.ts";
import { givenImages } from "../../../src/phase/image/given-images.ts";
import { configFolder } from "../../rig/config-files.ts";

const digest = `sha256:${"a".repeat(64)}`;

async function complaints(of: Promise<unknown>): Promise<readonly string[]> {
  const thrown = await of.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(thrown instanceof Failure)) throw new Error(`no failure: ${thrown}`);
  return thrown.diagnostics.map(({ message }) => message);
}

test.each([
  ["web=r.io/web:1", "web", "r.io/web:1"],
  ["r.io/web:1", "r.io/web", "r.io/web:1"],
  [`r.io/web@${digest}`, "r.io/web", `r.io/web@${digest}`],
  [`r.io/web:1@${digest}`, "r.io/web", `r.io/web:1@${digest}`],
  ["web=other", "web", "other"],
  ["localhost:5000/web:1", "localhost:5000/web", "localhost:5000/web:1"],
])("-i %s", async (word, name, reference) => {
  const { words, file } = await givenImages(undefined, [word]);
  expect([...words]).toEqual([[name, reference]]);
  expect([...file]).toEqual([]);
});

test("of two words for one image the last one counts", async () => {
  expect([...(await givenImages(undefined, ["web=a:1", "web=b:2"])).words]).toEqual([["web", "b:2"]]);
});

test("the JSON of a build", async () => {
  const builds = [
    { imageName: "web", tag: "r.io/web:1" },
    { imageName: "api", tag: `r.io/api@${digest}` },
  ];
  using made = configFolder({ "build.json": JSON.stringify({ builds }) });
  const { words, file } = await givenImages(`${made.folder}/build.json`, ["web=a:1"]);
  expect([...file]).toEqual([
    ["web", "r.io/web:1"],
    ["api", `r.io/api@${digest}`],
  ]);
  expect([...words]).toEqual([["web", "a:1"]]);
});

test("every word that is no image is told", async () => {
  expect(await complaints(givenImages(undefined, ["web", "WEB:1", "a=B:1"]))).toEqual([
    '--images: "web" has neither tag nor digest',
    expect.stringMatching(/^--images: "WEB:1": /),
    expect.stringMatching(/^--images: "B:1": /),
  ]);
});

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["no list of builds", '{"builds": {}}'],
  ["a list", "[]"],
  ["an entry without a name", '{"builds": [{"tag": "a:1"}]}'],
  ["an entry without a tag", '{"builds": [{"imageName": "a"}]}'],
  ["null", "null"],
])("a file with %s is not the JSON of a build", async (_what, text) => {
  using made = configFolder({ "build.json": text });
  const [message] = await complaints(givenImages(`${made.folder}/build.json`, []));
  expect(message).toContain("is not the JSON of a build");
});

test("a file that is not there, and a tag in it that is none, are told", async () => {
  using made = configFolder({ "build.json": '{"builds": [{"imageName": "a", "tag": "A:1"}]}' });
  expect((await complaints(givenImages(`${made.folder}/none.json`, [])))[0]).toStartWith(
    "--build-artifacts: cannot read ",
  );
  expect((await complaints(givenImages(`${made.folder}/build.json`, [])))[0]).toContain("the tag of a: ");
});
