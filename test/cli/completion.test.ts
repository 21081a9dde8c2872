import { expect, test } from "bun:test";
import { commands } from "../../src/cli/commands.ts";
import { bashCompletion } from "../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../src/cli/completion/fish.ts";
import { zshCompletion } from "../../src/cli/completion/zsh.ts";

/** What bash itself would offer after the words, the last of which is being typed. */
async function offeredBy(script: string, words: readonly string[]): Promise<string[]> {
  const ask = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _devloop; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const child = Bun.spawn(["bash", "-euc", ask, "bash", ...words], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  return text.split("\n").filter((line) => line !== "");
}

test.each<[string[], string[], string[]]>([
  [["devloop", "di"], ["diagnose"], ["dev"]],
  [["devloop", "d"], ["dev", "delete", "deploy", "diagnose"], ["build"]],
  [["devloop", "fix", "--"], ["--overwrite", "--version", "--filename", "--verbosity"], ["--cleanup"]],
  [["devloop", "schema", ""], ["list", "get"], ["VERSION"]],
  [["devloop", "schema", "list", "-o", ""], ["plain", "json"], ["list"]],
  [["devloop", "render", "--digest-source", "t"], ["tag"], ["local"]],
])("bash: %p", async (words, some, none) => {
  const found = await offeredBy(bashCompletion(commands), words);
  expect(found).toEqual(expect.arrayContaining(some));
  for (const word of none) expect(found).not.toContain(word);
});

test.each([
  ["fish", fishCompletion],
  ["zsh", zshCompletion],
  ["bash", bashCompletion],
])("%s: every command and every flag that is shown", (_shell, script) => {
  const text = script(commands);
  for (const { name, flags } of commands) {
    expect(text).toContain(name);
    for (const flag of flags) if (!flag.hidden) expect(text).toContain(flag.name);
  }
  expect(text).not.toContain("update-check");
});
