/** A credential plugin that asks its user, in a real terminal: who gets what is typed, what is shown meanwhile, what is left. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configFolder, header } from "../rig/config-files.ts";
import { eventually } from "../rig/eventually.ts";
import { type FakeApi, fakeApi, refusal } from "../rig/fake-api.ts";
import { TerminalProgram } from "../rig/terminal-program.ts";

const main = join(import.meta.dir, "../../src/cli/main.ts");
const apiVersion = "client.authentication.k8s.io/v1";
const pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: web}]}\n";

/** Prints a credential whose token is the shell's variable `answer`. */
const prints = `printf '{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":{"token":"%s"}}' "$answer"`;
const asks = `stty -echo; printf 'Password: ' >&2; read -r answer; echo >&2`;

interface Started extends AsyncDisposable {
  readonly program: TerminalProgram;
  readonly api: FakeApi;
  path(file: string): string;
}

/**
 * A shell in a terminal that says how the terminal is set, runs devloop, and says it again. The API server knows nobody's
 * permissions; who asked it is what counts.
 * @param shell runs `devloop`, a function
 */
async function start(plugin: string, shell: string, more: object = {}) {
  const api = await fakeApi(() => refusal(403, "Forbidden", "not you"));
  const kubeconfig = {
    "current-context": "asking",
    contexts: [{ name: "asking", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: api.url } }],
    users: [{ name: "u", user: { exec: { apiVersion, command: "./login", ...more } } }],
  };
  const made = configFolder({
    "skaffold.yaml": `${header}manifests: {rawYaml: [k8s.yaml]}\n`,
    "k8s.yaml": pod,
    "home/kubeconfig": JSON.stringify(kubeconfig),
  });
  const path = (file: string) => join(made.folder, file);
  await writeFile(path("home/login"), `#!/bin/sh\n${plugin}\n`);
  await chmod(path("home/login"), 0o755);
  const script = `devloop() { '${process.execPath}' '${main}' "$@"; }
echo "modes $(stty -g)"
${shell}
echo "modes $(stty -g)"
echo END`;
  const program = new TerminalProgram(["/bin/bash", "-c", script], made.folder, {
    PATH: process.env.PATH,
    HOME: path("home"),
    DEVLOOP_HOME: path("home/devloop"),
    KUBECONFIG: path("home/kubeconfig"),
    DOCKER_HOST: "tcp://127.0.0.1:1",
    NO_COLOR: "1",
  });
  return {
    program,
    api,
    path,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
      made[Symbol.dispose]();
    },
  } satisfies Started;
}

function modes({ program }: Started): string[] {
  return [...program.text.matchAll(/modes [\da-f:]+/g)].map(([found]) => found);
}

const authorizations = ({ api }: Started) => new Set(api.requests.map(({ headers }) => headers.get("authorization")));

describe.each(["IfAvailable", "Always"])("interactiveMode %s", (interactiveMode) => {
  test("the plugin gets what is typed, and the terminal is left as it was", async () => {
    await using started = await start(`${asks}\n${prints}`, "devloop delete", { interactiveMode });
    const { program } = started;
    await program.shows(/Password: $/);
    program.type("s3cret\n");
    await program.shows(/^END$/m);
    expect(authorizations(started)).toEqual(new Set(["Bearer s3cret"]));
    expect(program.text).not.toContain("s3cret");
    const [before, after] = modes(started);
    expect(after).toBe(before as string);
  });
});

test("Never: it gets nothing, and is heard by lines", async () => {
  await using started = await start(
    `if [ -t 0 ] || [ -t 2 ]; then answer=terminal; else answer=none; fi; echo 'no question' >&2; ${prints}`,
    "devloop delete",
    { interactiveMode: "Never" },
  );
  await started.program.shows(/^END$/m);
  expect(authorizations(started)).toEqual(new Set(["Bearer none"]));
  expect(started.program.text).toContain("\n[login] no question\n");
});

test("standard error that goes elsewhere is not the plugin's, its input is", async () => {
  await using started = await start(
    `if [ -t 2 ]; then exit 1; fi; echo 'who are you?' >&2; read -r answer; ${prints}`,
    "devloop delete 2>errors",
  );
  await eventually("the question", () => existsSync(started.path("errors")) || undefined);
  await eventually("its line", async () =>
    (await Bun.file(started.path("errors")).text()).includes("[login] who are you?\n") ? true : undefined,
  );
  started.program.type("me\n");
  await started.program.shows(/^END$/m);
  expect(authorizations(started)).toEqual(new Set(["Bearer me"]));
});

test("a question that stays open for long is told of between, on a line of its own", async () => {
  await using started = await start(`${asks}\n${prints}`, "devloop delete");
  const { program } = started;
  await program.shows(/Password: \nWaiting for the credential plugin .\/login of the context "asking"\.\.\.\n$/);
  program.type("s3cret\n");
  await program.shows(/^END$/m);
  expect(authorizations(started)).toEqual(new Set(["Bearer s3cret"]));
});

test.each(["\u0003", "kill"])(
  "ended in the middle of a question (%j), the terminal is as it was and the plugin gone",
  async (how) => {
    await using started = await start(
      `echo $$ >pid; trap '' INT; ${asks}; ${prints}`.replace(">pid", `>"$HOME/pid"`),
      "set -m; devloop delete; set +m",
    );
    const { program, path } = started;
    await program.shows(/Password: $/);
    const plugin = Number(await Bun.file(path("home/pid")).text());
    if (how === "kill") process.kill(Number(parentOf(plugin)), "SIGTERM");
    else program.type(how);
    await program.shows(/^END$/m);
    const [before, after] = modes(started);
    expect(after).toBe(before as string);
    await eventually("the plugin has ended", () => (isAlive(plugin) ? undefined : true));
  },
);

test("in the background of a terminal there is none to be had", async () => {
  await using started = await start(
    `if [ -t 0 ]; then answer=terminal; else answer=none; fi; ${prints}`,
    "set -m; devloop delete & wait $!; set +m",
  );
  await started.program.shows(/^END$/m);
  expect(authorizations(started)).toEqual(new Set(["Bearer none"]));
});

function parentOf(pid: number): string {
  const ps = Bun.spawnSync(["ps", "-o", "ppid=", "-p", String(pid)]);
  return ps.stdout.toString().trim();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
