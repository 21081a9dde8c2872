/** Which authority a registry is judged by: what is kept for it, in the first folder that has something. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { Failure } from "../../../src/diag/failure.ts";
import { certificateFolders, registryTrust } from "../../../src/image/registry/registry-trust.ts";
import { machineAuthorities } from "../../../src/std/tls-trust.ts";
import { configFolder } from "../../rig/config-files.ts";

const machine = machineAuthorities();

async function trust(files: Readonly<Record<string, string>>) {
  using made = configFolder(files);
  return await registryTrust("r.io:5000", [join(made.folder, "own"), join(made.folder, "all")]);
}

test.each<[string, Readonly<Record<string, string>>, object]>([
  ["nothing is kept", {}, { ca: machine }],
  ["something is kept for another host", { "own/r.io/ca.crt": "X" }, { ca: machine }],
  ["files of other kinds", { "own/r.io:5000/readme.txt": "x", "own/r.io:5000/client.cert": "C" }, { ca: machine }],
  ["authorities", { "own/r.io:5000/a.crt": "A" }, { ca: ["A"] }],
  ["the user's own come first", { "own/r.io:5000/a.crt": "A", "all/r.io:5000/b.crt": "B" }, { ca: ["A"] }],
  ["the machine's, where the user has none", { "own/r.io:5000/x": "", "all/r.io:5000/b.crt": "B" }, { ca: ["B"] }],
  [
    "a client certificate with its key",
    { "own/r.io:5000/client.cert": "C", "own/r.io:5000/client.key": "K" },
    { ca: machine, cert: "C", key: "K" },
  ],
  [
    "all of them",
    { "own/r.io:5000/a.crt": "A", "own/r.io:5000/client.cert": "C", "own/r.io:5000/client.key": "K" },
    { ca: ["A"], cert: "C", key: "K" },
  ],
])("%s", async (_what, files, expected) => {
  expect(await trust(files)).toEqual(expected as never);
});

test("a file that cannot be read is one clear failure, which leaves the push to the engine", async () => {
  const refused = await trust({ "own/r.io:5000/ca.crt/inside": "a folder" }).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(Failure);
  expect(String(refused)).toContain("own/r.io:5000/ca.crt, which Docker uses for this registry");
});

test("folders are Docker's own, the user's first", () => {
  expect(certificateFolders({ HOME: "/home/me" })).toEqual(["/home/me/.config/docker/certs.d", "/etc/docker/certs.d"]);
  expect(certificateFolders({ HOME: "/home/me", XDG_CONFIG_HOME: "/x" })[0]).toBe("/x/docker/certs.d");
});
