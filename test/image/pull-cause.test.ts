/** The cause of a pull that failed, out of messages as containerd and BuildKit wrote them. */
import { expect, test } from "bun:test";
import { pullCause } from "../../src/image/pull-cause.ts";

test.each([
  [
    'failed to pull and unpack image "docker.io/library/wbe:latest": failed to resolve reference "docker.io/library/wbe:latest": failed to do request: Head "https://registry-1.docker.io/v2/library/wbe/manifests/latest": dial tcp: lookup registry-1.docker.io on 127.0.0.11:53: no such host',
    "dial tcp: lookup registry-1.docker.io on 127.0.0.11:53: no such host",
  ],
  [
    'failed to resolve source metadata for localhost:1/none:1: failed to do request: Head "http://localhost:1/v2/none/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused',
    "dial tcp 127.0.0.1:1: connect: connection refused",
  ],
  [
    'failed to pull and unpack image "localhost:5000/a:1": failed to resolve reference "localhost:5000/a:1": localhost:5000/a:1: not found',
    "localhost:5000/a:1: not found",
  ],
  ["i/o timeout", "i/o timeout"],
])("%s", (words, cause) => expect(pullCause(words)).toBe(cause));
