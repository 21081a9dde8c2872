import { describe, expect, test } from "bun:test";
import { underDefaultRepo } from "../../src/image/rewrite.ts";

const hex = "81daf011d63b68cfa514ddab7741a1adddd59d3264118dfb0fd9266328bb8883";

describe("a registry of one level gets one flat name", () => {
  test.each([
    ["reg.local:5000", "gcr.io/p1/app", "reg.local:5000/gcr_io_p1_app"],
    ["reg.local:5000", "web", "reg.local:5000/web"],
    ["reg.local:5000", "acme/web:1.2", "reg.local:5000/acme_web:1.2"],
    ["reg.local:5000", "other:5000/a.b/c_d", "reg.local:5000/other_5000_a_b_c_d"],
    ["docker.io/me", `acme/web@sha256:${hex}`, `docker.io/me/acme_web@sha256:${hex}`],
    ["docker.io/me", `acme/web:1@sha256:${hex}`, `docker.io/me/acme_web:1@sha256:${hex}`],
    [
      "1234.dkr.ecr.eu-west-1.example.com",
      "ko://Acme.dev/cmd/app",
      "1234.dkr.ecr.eu-west-1.example.com/acme_dev_cmd_app",
    ],
    // A project id has at least six characters, and without one even a Google registry is taken for flat.
    ["gcr.io", "quay.io/a/b", "gcr.io/quay_io_a_b"],
    ["gcr.io/short", "quay.io/a/b", "gcr.io/short/quay_io_a_b"],
  ])("%s, %s", (repo, image, expected) => expect(underDefaultRepo(repo, image)).toBe(expected));
});

describe("a registry of many levels keeps the name below it", () => {
  test.each([
    ["gcr.io/team-x", "quay.io/a/b", "gcr.io/team-x/quay.io/a/b"],
    ["gcr.io/team-x", "web:tag", "gcr.io/team-x/web:tag"],
    ["gcr.io/team-x", "gcr.io/other-team/app", "gcr.io/team-x/gcr.io/other-team/app"],
    ["europe-docker.pkg.dev/team-x", "acme/web", "europe-docker.pkg.dev/team-x/acme/web"],
    ["gcr.io/team-x/sub", "gcr.io/team-x/app/web", "gcr.io/team-x/sub/app/web"],
    ["gcr.io/team-x/sub", "gcr.io/team-y/app", "gcr.io/team-x/sub/gcr.io/team-y/app"],
  ])("%s, %s", (repo, image, expected) => expect(underDefaultRepo(repo, image)).toBe(expected));

  test("by configuration where the name does not tell", () => {
    expect(underDefaultRepo("reg.local:5000", "acme/web", true)).toBe("reg.local:5000/acme/web");
  });
});

describe("a name that is already inside stays", () => {
  test.each([
    ["gcr.io/team-x", "gcr.io/team-x/app"],
    ["gcr.io/team-x", "gcr.io/team-xyz/app"],
    ["eu.gcr.io/team-x", "eu.gcr.io/team-x/app:1"],
    ["", "acme/web"],
  ])("%s, %s", (repo, image) => expect(underDefaultRepo(repo, image)).toBe(image));
});

test("a long name is cut at 255 characters, its tag is not", () => {
  const long = `acme/${"a".repeat(240)}`;
  const renamed = underDefaultRepo("reg.local:5000", `${long}:tag`);
  expect(renamed).toBe(`reg.local:5000/acme_${"a".repeat(235)}:tag`);
});

test("what is no reference is refused", () => {
  expect(() => underDefaultRepo("gcr.io/team-x", "!!invalid!!")).toThrow("is not an image reference");
});
