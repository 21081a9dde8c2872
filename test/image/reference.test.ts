import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  contentReference,
  fullName,
  isDigest,
  parseReference,
  pushedReference,
  readReference,
  shortName,
} from "../../src/image/reference.ts";

const hex = "81daf011d63b68cfa514ddab7741a1adddd59d3264118dfb0fd9266328bb8883";

describe("names", () => {
  test.each([
    ["nginx", "docker.io/library/nginx:latest", "nginx"],
    ["nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"],
    ["library/nginx", "docker.io/library/nginx:latest", "nginx"],
    ["acme/web", "docker.io/acme/web:latest", "acme/web"],
    ["docker.io/nginx", "docker.io/library/nginx:latest", "nginx"],
    ["index.docker.io/acme/web:x", "docker.io/acme/web:x", "acme/web:x"],
    ["localhost/web", "localhost/web:latest", "localhost/web"],
    ["localhost:5000/web:dev", "localhost:5000/web:dev", "localhost:5000/web:dev"],
    ["reg.local:5000/a/b/c", "reg.local:5000/a/b/c:latest", "reg.local:5000/a/b/c"],
    ["Upper/web", "Upper/web:latest", "Upper/web"],
    ["[::1]:5000/web", "[::1]:5000/web:latest", "[::1]:5000/web"],
    [`web@sha256:${hex}`, `docker.io/library/web@sha256:${hex}`, `web@sha256:${hex}`],
    [`web:1@sha256:${hex}`, `docker.io/library/web:1@sha256:${hex}`, `web:1@sha256:${hex}`],
  ])("%s is %s", (text, full, short) => {
    const reference = parseReference(text);
    expect(fullName(reference)).toBe(full);
    expect(shortName(reference)).toBe(short);
    expect(fullName(fullName(reference))).toBe(full);
  });

  test.each([
    ["", "repository"],
    ["!!invalid!!", "repository"],
    ["acme/Web", "lower-case"],
    ["web:", "tag"],
    ["web:-x", "tag"],
    [`web:${"a".repeat(129)}`, "tag"],
    ["web@sha256:abc", "digest"],
    [`web@sha256:${hex.toUpperCase()}`, "digest"],
    [hex, "image id"],
    ["/web", "repository"],
    ["web/", "repository"],
    ["a//b", "repository"],
    ["-host.io/web", "registry"],
    ["host.io:port/web", "registry"],
    ["a...b", "repository"],
    ["a___b", "repository"],
    [`x/${"a".repeat(254)}`, "longer"],
  ])("%s is refused", (text, why) => {
    const read = readReference(text);
    expect(read).toBeString();
    expect(read as string).toContain(why);
    expect(() => parseReference(text)).toThrow("is not an image reference");
  });

  test("any valid parts are read back as they were put together", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}((_|__|\.|-{1,3})[a-z0-9]{1,8}){0,2}$/);
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const host = fc.stringMatching(/^[a-z0-9]{1,6}\.[a-z]{2,4}(:[0-9]{1,5})?$/);
    const tag = fc.stringMatching(/^\w[\w.-]{0,20}$/);
    fc.assert(
      fc.property(host, path, tag, fc.boolean(), (registry, repository, t, withDigest) => {
        fc.pre(registry !== "docker.io");
        const text = `${registry}/${repository}:${t}${withDigest ? `@sha256:${hex}` : ""}`;
        expect(parseReference(text)).toEqual({
          registry,
          repository,
          written: `${registry}/${repository}`,
          tag: t,
          ...(withDigest ? { digest: `sha256:${hex}` } : {}),
        });
      }),
    );
  });
});

test("digests of unknown algorithms need only be long enough", () => {
  expect(isDigest(`blake3:${"a".repeat(32)}`)).toBe(true);
  expect(isDigest(`blake3:${"a".repeat(31)}`)).toBe(false);
});

test("a content reference has the id for a tag and drops what was there", () => {
  expect(contentReference("acme/web", `sha256:${hex}`)).toBe(`acme/web:${hex}`);
  expect(contentReference("reg.local:5000/web:dev", `sha256:${hex}`)).toBe(`reg.local:5000/web:${hex}`);
  expect(pushedReference("reg.local:5000/web:dev", `sha256:${hex}`)).toBe(`reg.local:5000/web:dev@sha256:${hex}`);
});
