/** Artifacts built from a Dockerfile. */
import { bool, field, list, nullableMap, object, string, strings } from "../type.ts";

const secret = object("DockerSecret", {
  id: field(string, "Name of the secret, as `RUN --mount=type=secret,id=` has it.", { required: true }),
  src: field(string, "File with the secret; `~` is the home directory.", { group: "source" }),
  env: field(string, "Environment variable with the secret.", { group: "source", since: "v2beta24" }),
});

export const docker = object("DockerArtifact", {
  dockerfile: field(string, "The Dockerfile, looked for in the context, then where devloop was started.", {
    fallback: "Dockerfile",
  }),
  target: field(string, "Stage to build.", { fallback: "the last one" }),
  buildArgs: field(
    nullableMap,
    "Values for ARG. A key without a value takes it from the environment. Templates see IMAGE_REPO, IMAGE_NAME and IMAGE_TAG.",
    { template: "print" },
  ),
  network: field(string, "Network of RUN instructions: host, bridge, none, or the name of one."),
  addHost: field(strings, "Further lines for /etc/hosts, `name:address`."),
  cacheFrom: field(strings, "Images whose layers may be reused. One that does not exist is passed over."),
  cliFlags: field(strings, "Further flags for `docker build`.", { template: "print" }),
  pullParent: field(bool, "Look for newer base images.", { fallback: "false" }),
  noCache: field(bool, "Run every instruction anew.", { fallback: "false" }),
  squash: field(bool, "Make one layer of all new ones; only the classic builder can.", { fallback: "false" }),
  secrets: field(list(secret), "Secrets that RUN instructions may mount."),
  ssh: field(string, "SSH agent or keys for the build: `default`, or `id=socket`."),
});
