/** A real Git repository of one test, with the author, the dates and the configuration pinned: its commits have fixed ids. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface GitRepository extends AsyncDisposable {
  readonly root: string;
  git(...args: string[]): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Everything in the work tree as one commit. */
  commit(message: string): Promise<void>;
}

export async function gitRepository(): Promise<GitRepository> {
  const root = await mkdtemp(join(tmpdir(), "devloop-git-"));
  const git = async (...args: string[]) => {
    const child = Bun.spawn(["git", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false", ...args], {
      cwd: root,
      stdout: "pipe",
      stderr: "pipe",
      env: {
        PATH: process.env.PATH ?? "",
        HOME: root,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@example.com",
        GIT_AUTHOR_DATE: "2024-05-06T07:08:09Z",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@example.com",
        GIT_COMMITTER_DATE: "2024-05-06T07:08:09Z",
      },
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${err}`);
    return out.trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  return {
    root,
    git,
    write: async (path, text) => {
      await Bun.write(join(root, path), text);
    },
    async commit(message) {
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", message);
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
