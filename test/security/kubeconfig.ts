/** A kubeconfig that somebody else wrote. Its exec plugins are programs that the user chose to run: what they say is not. */
import { expect } from "bun:test";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "../../src/cluster/connect/connect.ts";
import { diagnosticsOf } from "../../src/diag/failure.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import type { Peer } from "./row.ts";
import { evil, shown } from "./shown.ts";

const plugin = { apiVersion: "client.authentication.k8s.io/v1", command: "./plugin", interactiveMode: "Never" };

/** What comes of connecting and asking once. */
async function asked(config: object | string, script = ""): Promise<unknown> {
  await using folder = await tempFolder();
  const kubeconfig = join(folder.path, "config");
  await writeFile(kubeconfig, typeof config === "string" ? config : JSON.stringify(config));
  await writeFile(join(folder.path, "plugin"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder.path, "plugin"), 0o755);
  const ask = async () =>
    (await connect({ kubeconfig, env: {} })).fetch("/version", { signal: AbortSignal.timeout(60_000) });
  return await ask().catch((thrown: unknown) => thrown);
}

function config(cluster: object, user: object = {}, name = "one") {
  return {
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster }],
    users: [{ name, user }],
  };
}

const nowhere = { server: "https://127.0.0.1:1" };
const isFailure = (result: unknown) => expect(result).toMatchObject({ name: "Failure" });

export const kubeconfig: Peer = {
  name: "a kubeconfig",
  rows: [
    {
      what: "its YAML names itself again and again, to become billions of values",
      outcome: "it is refused with one clear failure",
      async run() {
        const lines = Array.from(
          { length: 30 },
          (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
        );
        isFailure(await asked(["a0: &a0 [x, x]", ...lines, "clusters: *a30"].join("\n")));
      },
    },
    {
      what: "its fields have other types than they should",
      outcome: "it is one clear failure",
      async run() {
        const odd = [
          "clusters: 7",
          "contexts: {a: b}",
          "users: [null]",
          "- a",
          "null",
          "current-context: [x]",
          '"text"',
        ];
        const more = [
          config({ server: 7 }),
          config({ server: ["a"] }),
          config({ ...nowhere, "certificate-authority-data": 7 }),
        ];
        for (const text of [...odd, ...more]) isFailure(await asked(text));
      },
    },
    {
      what: "its server is no address of an API server",
      outcome: "it is one clear failure, and nothing is read",
      async run() {
        for (const server of ["file:///etc/passwd", "javascript:1", "ftp://127.0.0.1:1", "https://", "not a url"])
          isFailure(await asked(config({ server })));
      },
    },
    {
      what: "its names, or a plugin's words, are such that a terminal would obey them",
      outcome: "they are shown as text",
      async run() {
        const exec = { exec: { ...plugin, installHint: evil } };
        const script = `printf '%b' '${evil.replaceAll("\u001b", "\\033").replaceAll("\u0007", "\\007")}' >&2; exit 3`;
        const named = await asked(config({ server: "not a url" }, {}, `one${evil}`));
        for (const result of [await asked(config(nowhere, exec), script), named]) {
          isFailure(result);
          for (const diagnostic of diagnosticsOf(result))
            expect(shown({ type: "diagnostic", diagnostic })).toContain("\\e]52");
        }
      },
    },
    {
      what: "its plugin prints without end, or something that is no credential",
      outcome: "it is one clear failure",
      async run() {
        const exec = { exec: plugin };
        for (const script of ["head -c 20000000 /dev/zero", "echo null", "echo 7", "echo '[]'", "echo '{\"kind\":7}'"])
          expect(await asked(config(nowhere, exec), script)).toMatchObject({
            name: "Failure",
            message: expect.stringContaining("the credential plugin ./plugin"),
          });
      },
    },
    {
      what: "a credential has line breaks, to become headers of its own",
      outcome: "it is one clear failure, and nothing is sent",
      async run() {
        const seen: string[] = [];
        const server = Bun.serve({
          port: 0,
          hostname: "127.0.0.1",
          fetch(request) {
            seen.push(request.url);
            return new Response("{}");
          },
        });
        const cluster = { server: `http://127.0.0.1:${server.port}` };
        const token = "a\r\nX-Evil: 1";
        const status = JSON.stringify({ apiVersion: plugin.apiVersion, kind: "ExecCredential", status: { token } });
        const words = { name: "Failure", message: expect.stringContaining("characters that no header has") };
        expect(await asked(config(cluster, { token }))).toMatchObject(words);
        expect(await asked(config(cluster, { exec: plugin }), `cat <<'END'\n${status}\nEND`)).toMatchObject(words);
        expect(await asked(config(cluster, { token: "a", as: "b\r\nX-Evil: 1" }))).toMatchObject(words);
        expect(seen).toEqual([]);
        await server.stop(true);
      },
    },
  ],
};
