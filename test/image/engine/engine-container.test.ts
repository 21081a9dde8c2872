/** What is read of an engine's containers, in the forms of Docker and of Podman. */
import { expect, test } from "bun:test";
import type { Engine } from "../../../src/image/engine/engine.ts";
import { listAllContainers } from "../../../src/image/engine/engine-container.ts";

test.each([
  ["0.0.0.0", "0.0.0.0"],
  ["127.0.0.1", "127.0.0.1"],
  ["::", "::"],
  [undefined, "0.0.0.0"],
  // Podman's form of all addresses.
  ["", "0.0.0.0"],
])("a port that is published on %p is on the address %s", async (IP, address) => {
  const Ports = [{ IP, PrivatePort: 6443, PublicPort: 7443 }, { PrivatePort: 80 }];
  const engine: Engine = {
    endpoint: { kind: "unix", path: "/s", from: "a test" },
    request: async () => Response.json([{ Id: "1", Names: ["/a"], Image: "i", ImageID: "sha256:1", Ports }]),
  };
  const [container] = await listAllContainers(engine, new AbortController().signal);
  expect(container?.ports).toEqual([{ address, hostPort: 7443, containerPort: 6443 }]);
});
