import { expect, test } from "bun:test";
import { join } from "node:path";
import { runCommand } from "../../scripts/suite/command.ts";
import { eventually } from "../rig/eventually.ts";
import { living } from "../rig/processes.ts";
import { tempFolder } from "../rig/temp-folder.ts";

const sh = (script: string, seconds = 200) => runCommand(["bash", "-c", script], "/", seconds);

test("both streams in their order, and the exit code", async () => {
  expect(await sh("echo one; echo two >&2; echo three; exit 3")).toMatchObject({
    code: 3,
    output: "one\ntwo\nthree\n",
  });
});

test("the environment is what it is now", async () => {
  process.env.DEVLOOP_TEST_NOW = "set";
  expect(await sh('echo "$DEVLOOP_TEST_NOW"')).toMatchObject({ output: "set\n" });
  delete process.env.DEVLOOP_TEST_NOW;
});

test("what is not done in time has no code, and what it said is kept", async () => {
  expect(await sh("echo said; sleep 3600", 2)).toMatchObject({ code: undefined, output: "said\n" });
});

test("a process that is left behind ends with its group", async () => {
  const { output } = await sh("sleep 3600 & echo $!");
  await eventually("its end", async () => (await living([Number(output)])).length === 0 || undefined);
});

test("one outside of the group holds nobody up, though it keeps the output open", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "pid");
  const { code } = await sh(`setsid bash -c 'echo $$ >${file}; exec sleep 3600' & until [ -s ${file} ]; do :; done`);
  process.kill(Number(await Bun.file(file).text()));
  expect(code).toBe(0);
});
