/** Credential plugins as programs: what their users hear of them meanwhile, what they are told, and when they may ask. */
import { expect, test } from "bun:test";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "../../../src/cluster/connect/connect.ts";
import type { PluginMeans } from "../../../src/cluster/connect/plugin-process.ts";
import { diagnosticsOf } from "../../../src/diag/failure.ts";
import type { Event } from "../../../src/event/event.ts";
import { eventually } from "../../rig/eventually.ts";
import { type FakeApi, fakeApi } from "../../rig/fake-api.ts";
import { virtualClock } from "../../rig/virtual-clock.ts";

const apiVersion = "client.authentication.k8s.io/v1";
const prints = `printf '{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":{"token":"t"}}'`;

/** A user with a plugin of this script, in a `bin` beside the kubeconfig. */
async function withPlugin(api: FakeApi, script: string, more: object = {}) {
  const path = join(api.folder, "login");
  await writeFile(path, `#!/bin/sh\ncd '${api.folder}'\n${script}\n`);
  await chmod(path, 0o755);
  return { exec: { apiVersion, command: "./login", ...more } };
}

const terminal: NonNullable<PluginMeans["terminal"]> = {
  isHere: () => true,
  lend: (work) => work({ hasErrors: false, between: (print) => print() }),
};

test("what a plugin says is heard while it still runs", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const user = await withPlugin(
    api,
    `echo 'open https://login.example and enter ABC' >&2; until [ -f go ]; do sleep 0.02; done; ${prints}`,
  );
  const heard: Event[] = [];
  const cluster = await api.connect(user, { plugins: { emit: (event) => heard.push(event) } });
  const answer = cluster.fetch("/");
  await eventually("its line", () => (heard.length > 0 ? true : undefined));
  expect(heard).toEqual([
    {
      type: "credential-plugin",
      plugin: "./login",
      context: "fake",
      status: "said",
      line: "open https://login.example and enter ABC",
    },
  ]);
  await writeFile(join(api.folder, "go"), "");
  expect((await answer).status).toBe(200);
});

test("after five seconds a line says what is waited for, and none where the plugin is quick", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const clock = virtualClock();
  const heard: Event[] = [];
  const plugins = { emit: (event: Event) => heard.push(event) };
  const slow = await api.connect(await withPlugin(api, `until [ -f go ]; do sleep 0.02; done; ${prints}`), {
    plugins,
    clock,
  });
  const answer = slow.fetch("/");
  await eventually("the plugin runs", () => (clock.sleepers > 0 ? true : undefined));
  await clock.advance(4_999);
  expect(heard).toEqual([]);
  await clock.advance(1);
  expect(heard).toEqual([{ type: "credential-plugin", plugin: "./login", context: "fake", status: "waited-for" }]);
  await writeFile(join(api.folder, "go"), "");
  await answer;
  const quick = await api.connect(await withPlugin(api, prints), { plugins, clock });
  await quick.fetch("/");
  await clock.advance(60_000);
  expect(heard).toHaveLength(1);
});

test("a plugin that always asks its user is not started without a terminal", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const user = await withPlugin(api, `touch started; ${prints}`, { interactiveMode: "Always" });
  const refused = await (await api.connect(user)).fetch("/").catch((thrown: unknown) => thrown);
  expect(diagnosticsOf(refused)).toEqual([
    {
      severity: "error",
      message:
        'the credential plugin ./login of the context "fake" always asks its user (interactiveMode: Always), and there is no terminal',
    },
  ]);
  expect(await Bun.file(join(api.folder, "started")).exists()).toBe(false);
});

test.each([
  ["Always", true],
  ["IfAvailable", true],
  [undefined, true],
  ["Never", false],
] as const)("interactiveMode %p where there is a terminal: interactive is %p", async (interactiveMode, interactive) => {
  await using api = await fakeApi(() => Response.json({}));
  const user = await withPlugin(api, `printf '%s' "$KUBERNETES_EXEC_INFO" >info; ${prints}`, { interactiveMode });
  let loans = 0;
  const lend: typeof terminal.lend = (work, signal) => {
    loans += 1;
    return terminal.lend(work, signal);
  };
  await (await api.connect(user, { plugins: { terminal: { ...terminal, lend } } })).fetch("/");
  expect(await Bun.file(join(api.folder, "info")).json()).toMatchObject({ spec: { interactive } });
  expect(loans).toBe(interactive ? 1 : 0);
});

test("another interactiveMode is refused", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const user = await withPlugin(api, prints, { interactiveMode: "Sometimes" });
  const refused = await (await api.connect(user)).fetch("/").catch((thrown: unknown) => thrown);
  expect(diagnosticsOf(refused)[0]?.message).toContain("interactiveMode Sometimes; known are Never, IfAvailable");
});

test("a plugin that is ended by a signal is told as such", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const refused = await (await api.connect(await withPlugin(api, "kill -KILL $$"))).fetch("/").catch((e: unknown) => e);
  expect(diagnosticsOf(refused)[0]?.message).toBe(
    'the credential plugin ./login of the context "fake" was ended by SIGKILL',
  );
});

test("provideClusterInfo hands on the cluster with what its entry holds for plugins", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const asked = async (provideClusterInfo: boolean) => {
    const { exec } = await withPlugin(api, `printf '%s' "$KUBERNETES_EXEC_INFO" >info; ${prints}`, {
      provideClusterInfo,
    });
    const kubeconfig = join(api.folder, "with-extension");
    const cluster = {
      server: api.url,
      "tls-server-name": "api.example",
      extensions: [
        { name: "other", extension: { a: 1 } },
        { name: "client.authentication.k8s.io/exec", extension: { audience: "x", list: [1, { b: null }] } },
      ],
    };
    const config = {
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { exec } }],
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    await (await connect({ kubeconfig, env: {} })).fetch("/");
    return (await Bun.file(join(api.folder, "info")).json()).spec;
  };
  expect(await asked(false)).toEqual({ interactive: false });
  expect(await asked(true)).toEqual({
    interactive: false,
    cluster: {
      server: api.url,
      "tls-server-name": "api.example",
      config: { audience: "x", list: [1, { b: null }] },
    },
  });
});

test("a command with a slash is found beside the kubeconfig, one without on PATH alone", async () => {
  await using api = await fakeApi(() => Response.json({}));
  const { exec } = await withPlugin(api, prints);
  expect((await (await api.connect({ exec })).fetch("/")).status).toBe(200);
  const bare = await (await api.connect({ exec: { ...exec, command: "login-of-nobody" } }))
    .fetch("/")
    .catch((thrown: unknown) => thrown);
  expect(diagnosticsOf(bare)[0]?.message).toContain("was not found");
});
