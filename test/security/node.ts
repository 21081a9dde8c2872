/** An image in a node of a local cluster, where devloop has a shell as root. */
import { expect } from "bun:test";
import { openNode } from "../../src/image/node/node.ts";
import { fakeNode } from "../rig/fake-node.ts";
import type { Peer } from "./row.ts";

const signal = () => AbortSignal.timeout(30_000);
const id = `sha256:${"1".repeat(64)}` as const;

export const node: Peer = {
  name: "an image in a node",
  rows: [
    {
      what: "its manifest names a command of a shell, or a path, where a digest belongs",
      outcome: "it is no digest, and enters no command",
      async run() {
        for (const digest of [`sha256:${"2".repeat(63)};reboot`, "sha256:$(reboot)", "../../../reboot"]) {
          const manifest = { config: { digest }, layers: [{ digest }], manifests: [{ digest }] };
          await using fake = await fakeNode((command) => {
            if (command.includes("images ls"))
              return `${"1".repeat(64)} 1\n--next--\ndocker.io/library/web:1 x ${id}\n`;
            return command.startsWith("cat ") ? JSON.stringify(manifest) : "";
          });
          await using at = await openNode(fake.engine, "node", "node", signal());
          const contents = await at.list(["docker.io/library/web:1"], signal());
          expect(await at.presence(id, "web:1", contents, signal())).toEqual({ state: "absent" });
          expect(fake.commands.length).toBeGreaterThan(1);
          expect(fake.commands.filter((command) => command.includes("reboot"))).toEqual([]);
        }
      },
    },
    {
      what: "a listing of its node never ends",
      outcome: "it is cut after 32 MiB with one clear failure",
      async run() {
        await using fake = await fakeNode((command) =>
          command.includes("images ls") ? new Uint8Array(33 << 20).fill(120) : "",
        );
        await using at = await openNode(fake.engine, "node", "node", signal());
        const look = at.list(["docker.io/library/web:1"], signal());
        await expect(look).rejects.toThrow("the node node: what a command printed is longer than 32 MiB");
        await expect(look).rejects.toMatchObject({ name: "Failure" });
      },
    },
  ],
};
