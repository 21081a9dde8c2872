/** Other users and programs of this machine, and other machines with the same names and ports. */
import { expect } from "bun:test";
import { readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { type Engine, engineAt } from "../../src/image/engine/engine.ts";
import { deltaSender } from "../../src/image/node/send-delta.ts";
import { openPushTarget, pushPassword } from "../../src/image/registry/push-target.ts";
import { recogniseTarget } from "../../src/image/target.ts";
import { openScratch } from "../../src/store/scratch.ts";
import { buildxCall } from "../../src/tool/docker/docker.ts";
import { tempFolder } from "../rig/temp-folder.ts";
import type { Peer } from "./row.ts";

const signal = () => AbortSignal.timeout(30_000);
const local = engineAt({ kind: "unix", path: "/nowhere", from: "a test" });

export const neighbours: Peer = {
  name: "a neighbour",
  rows: [
    {
      what: "another user lists the processes while an image is built",
      outcome: "no value of a build arg is in a command line",
      async run() {
        const buildArgs = {
          TOKEN: "a secret",
          HTTP_PROXY: "http://u:a secret@p",
          LONG: `a secret${"x".repeat(200_000)}`,
        };
        const call = buildxCall({ context: "/a", dockerfile: "/a/D", tags: [], buildArgs, idFile: "/i" });
        expect(call.argv.join(" ")).not.toContain("a secret");
      },
    },
    {
      what: "another user connects to the loopback push target",
      outcome: "without its password nothing is answered, and the password is not the key that seals values",
      async run() {
        await using folder = await tempFolder();
        await using target = openPushTarget(pushPassword("the seal key"), () => openScratch(folder.path));
        const ask = (password: string) =>
          fetch(`http://127.0.0.1:${target.port}/v2/`, {
            headers: { Authorization: `Basic ${Buffer.from(`devloop:${password}`).toString("base64")}` },
          });
        const statuses = await Promise.all(["", "the seal key", target.auth.password].map(ask));
        expect(statuses.map(({ status }) => status)).toEqual([401, 401, 200]);
      },
    },
    {
      what: "another user looks for layers that are on their way, also after devloop was killed",
      outcome: "they have mode 0600 and no name",
      async run() {
        await using folder = await tempFolder();
        await using file = await openScratch(folder.path);
        await file.write(Buffer.from("a layer"));
        expect(await readdir(folder.path)).toEqual([]);
      },
    },
    {
      what: "the Docker engine is on another host, or says so",
      outcome: "it is never told to push to this host's loopback",
      async run() {
        await using folder = await tempFolder();
        const asked: string[] = [];
        const engine: Engine = {
          ...local,
          async request(path) {
            asked.push(path);
            return Response.json({
              ID: "",
              Name: `not-${hostname()}`,
              OperatingSystem: "",
              ServerVersion: "",
              Driver: "",
            });
          },
        };
        const full = { send: async () => ({ how: "full" as const }), [Symbol.asyncDispose]: async () => {} };
        const scratch = () => openScratch(folder.path);
        await using sender = deltaSender({ engine, full, secret: "s", scratch, notice: () => undefined });
        const image = { id: `sha256:${"1".repeat(64)}`, name: "web:1" } as const;
        expect(await sender.send(image, [], signal())).toEqual({ how: "full" });
        expect(asked).toEqual(["/info"]);
      },
    },
    {
      what: "a remote cluster has the port that a local one publishes on all addresses, or a node of the engine's name",
      outcome: "it is remote, and its images are pushed",
      async run() {
        const labels = { "k3d.cluster": "dev", "k3d.role": "server" };
        const ports = [{ address: "0.0.0.0", hostPort: 6443, containerPort: 6443 }];
        const container = { id: "a".repeat(64), name: "k3d-dev-server-0", image: "", imageId: "", labels, ports };
        const nodes = async () => [{ name: hostname(), runtime: "docker://27.0.0" }];
        const resolve = async () => ["203.0.113.9"];
        const server = { url: "https://prod.example.com:6443" };
        const target = await recogniseTarget(local, server, nodes, signal(), [container], resolve);
        expect(target.kind).toBe("registry");
      },
    },
  ],
};
