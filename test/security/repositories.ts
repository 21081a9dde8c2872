/** Git repositories: the one that devloop is started in, and those that a config requires. */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryFolder } from "../../src/tool/git/git-repository.ts";
import { must } from "../../src/tool/process/run.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import type { Peer } from "./row.ts";

const signal = () => AbortSignal.timeout(60_000);

async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
  return (await must({ argv: ["git", ...identity, ...args], cwd }, signal())).stdout.trim();
}

async function repository(folder: string, text: string): Promise<string> {
  await mkdir(folder);
  await git(folder, "init", "--quiet", "--initial-branch=main");
  await writeFile(join(folder, "file"), text);
  await git(folder, "add", "file");
  await git(folder, "commit", "--quiet", "-m", text);
  return folder;
}

export const repositories: Peer = {
  name: "a git repository",
  rows: [
    {
      what: "devloop is started by a hook, whose variables name the user's repository",
      outcome: "a required config is cloned in the cache, and the user's branch, index and files stay as they are",
      async run() {
        await using folder = await tempFolder();
        const theirs = await repository(join(folder.path, "theirs"), "theirs");
        const mine = await repository(join(folder.path, "mine"), "mine");
        await writeFile(join(mine, "untracked"), "mine");
        const before = [await git(mine, "rev-parse", "HEAD"), await git(mine, "status", "--porcelain")];
        const variables = {
          GIT_DIR: join(mine, ".git"),
          GIT_WORK_TREE: mine,
          GIT_INDEX_FILE: join(mine, ".git/index"),
        };
        Object.assign(process.env, variables);
        const clone = await repositoryFolder(
          { repo: theirs, ref: "main" },
          join(folder.path, "cache"),
          "always",
          signal(),
        );
        for (const name of Object.keys(variables)) delete process.env[name];
        expect(await Bun.file(join(clone, "file")).text()).toBe("theirs");
        expect([await git(mine, "rev-parse", "HEAD"), await git(mine, "status", "--porcelain")]).toEqual(before);
        expect(existsSync(join(mine, "untracked"))).toBe(true);
      },
    },
    {
      what: "a clone in the cache has lost its repository, and the cache lies in another one",
      outcome: "the repository around the cache is not touched",
      async run() {
        await using folder = await tempFolder();
        const theirs = await repository(join(folder.path, "theirs"), "theirs");
        const mine = await repository(join(folder.path, "mine"), "mine");
        await git(mine, "remote", "add", "origin", theirs);
        const request = { repo: theirs, ref: "main" };
        const clone = await repositoryFolder(request, join(mine, "cache"), "always", signal());
        await writeFile(join(clone, ".git/HEAD"), "");
        await repositoryFolder(request, join(mine, "cache"), "always", signal()).catch(() => undefined);
        expect(await Bun.file(join(mine, "file")).text()).toBe("mine");
      },
    },
    {
      what: "a required config's address, or its ref, is an option or a command for git",
      outcome: "git refuses it, and nothing is run",
      async run() {
        await using folder = await tempFolder();
        const made = join(folder.path, "made");
        const theirs = await repository(join(folder.path, "theirs"), "theirs");
        const requests = [
          { repo: `--upload-pack=touch ${made}`, ref: "main" },
          { repo: `ext::sh -c touch% ${made}`, ref: "main" },
          { repo: theirs, ref: `--upload-pack=touch ${made}` },
        ];
        for (const request of requests)
          await expect(repositoryFolder(request, join(folder.path, "cache"), "always", signal())).rejects.toMatchObject(
            {
              name: "Failure",
            },
          );
        expect(existsSync(made)).toBe(false);
      },
    },
  ],
};
