import { describe, expect, test } from "bun:test";
import { inferPlacer } from "../../../../src/build/docker/dockerfile/infer.ts";
import type { ChangeKind } from "../../../../src/build/placement.ts";
import { planOf, treeOf } from "../../../dev/sources.ts";

const all = ["**/*"];

function place(dockerfile: string, path: string, kind: ChangeKind = "file", others: readonly string[] = []) {
  const placement = inferPlacer(all, planOf(dockerfile), treeOf(others))(path, kind);
  return placement.kind === "placed" ? placement.destinations : placement.why;
}

const rows: readonly [name: string, dockerfile: string, path: string, expected: readonly string[] | RegExp][] = [
  ["a directory's contents", "FROM x\nCOPY static /app/static", "static/a/b.css", ["/app/static/a/b.css"]],
  ["the whole context", "FROM x\nWORKDIR /app\nCOPY . .", "a/b.html", ["/app/a/b.html"]],
  ["a nested working directory", "FROM x\nWORKDIR /app\nWORKDIR web\nCOPY . ./", "a.html", ["/app/web/a.html"]],
  ["a file to a directory with its slash", "FROM x\nCOPY a.html /srv/", "a.html", ["/srv/a.html"]],
  ["a file to another name", "FROM x\nCOPY a.html /srv/index.html", "a.html", ["/srv/index.html"]],
  ["a file to its working directory", "FROM x\nWORKDIR /srv\nCOPY a.html /srv", "a.html", ["/srv/a.html"]],
  ["a file to a directory made before", "FROM x\nCOPY d /srv/d\nCOPY a.html /srv", "a.html", ["/srv/a.html"]],
  ["several sources", "FROM x\nCOPY a.html b /srv", "a.html", ["/srv/a.html"]],
  ["several sources, one a directory", "FROM x\nCOPY a.html b /srv", "b/c.html", ["/srv/c.html"]],
  ["wildcards", "FROM x\nCOPY p*/*.html /srv/", "pages/a.html", ["/srv/a.html"]],
  ["a wildcard that matches directories", "FROM x\nCOPY p* /srv/", "pages/x/a.html", ["/srv/x/a.html"]],
  ["two places", "FROM x\nCOPY a /one/\nCOPY a /two/", "a/f", ["/one/f", "/two/f"]],
  ["variables", "FROM x\nARG D=/srv\nCOPY a $D/a", "a/f", ["/srv/a/f"]],
  ["parents", "FROM x\nCOPY --parents a/b/c.html /srv/", "a/b/c.html", ["/srv/a/b/c.html"]],
  ["parents with a pivot", "FROM x\nCOPY --parents a/./b/c.html /srv/", "a/b/c.html", ["/srv/b/c.html"]],
  ["the stage below", "FROM x AS base\nCOPY a /srv/a\nFROM base\nCOPY b /srv/b", "a/f", ["/srv/a/f"]],
  [
    "through another stage",
    "FROM x AS build\nWORKDIR /src\nCOPY . .\nRUN make\nFROM y\nCOPY --from=build /src/web /srv",
    "web/f",
    ["/srv/f"],
  ],
  [
    "through two stages",
    "FROM x AS a\nCOPY . /a/\nFROM x AS b\nCOPY --from=a /a/web /b/web\nFROM scratch\nCOPY --from=b /b /",
    "web/f",
    ["/web/f"],
  ],
  ["scratch has no directories", "FROM scratch\nCOPY a /b", "a", ["/b"]],
  ["only in a build stage", "FROM x AS b\nCOPY . /s\nFROM y\nCOPY --from=b /s/bin /bin/", "a.go", /no COPY takes it/],
  ["a stage that nothing uses", "FROM x AS b\nCOPY . /s\nFROM y\nCOPY c /c", "a.go", /no COPY takes it/],
  ["a directory only the base image knows", "FROM x\nCOPY a.html /usr/share/html", "a.html", /line 2.*directory/],
  ["a relative place in an unknown directory", "FROM x\nCOPY a.html .", "a.html", /base image/],
  ["an archive", "FROM x\nADD a.tar.gz /srv/", "a.tar.gz", /unpacks/],
  ["an archive that COPY leaves alone", "FROM x\nCOPY a.tar.gz /srv/", "a.tar.gz", ["/srv/a.tar.gz"]],
  ["an exclusion", "FROM x\nCOPY --exclude=*.md a /srv/", "a/f", /--exclude/],
  ["overwritten by another image", "FROM x\nCOPY a /srv\nCOPY --from=other /o /srv", "a/f", /may overwrite/],
];

describe("places of files", () => {
  for (const [name, dockerfile, path, expected] of rows)
    test(name, () => {
      const got = place(dockerfile, path);
      if (expected instanceof RegExp) expect(got).toMatch(expected);
      else expect(got).toEqual([...expected]);
    });

  test("a later copy of another file of the context takes the place", () => {
    const dockerfile = "FROM x\nCOPY a /srv/\nCOPY b /srv/";
    expect(place(dockerfile, "a/f", "file", ["a/f"])).toEqual(["/srv/f"]);
    expect(place(dockerfile, "a/f", "file", ["a/f", "b/f"])).toMatch(/no COPY/);
    expect(place(dockerfile, "b/f", "file", ["a/f", "b/f"])).toEqual(["/srv/f"]);
  });
});

test("a wildcard takes a place only with files that are there", () => {
  const dockerfile = "FROM x\nCOPY templates /app/templates\nCOPY *.py more/* /app/";
  expect(place(dockerfile, "templates/a", "file", ["templates/a", "main.py"])).toEqual(["/app/templates/a"]);
  expect(place(dockerfile, "templates/a", "file", ["templates/a", "more/x/templates/a"])).toMatch(/no COPY/);
});

test("of two sources of one step the later one wins", () => {
  const dockerfile = "FROM x\nCOPY conf/* a.conf /etc/";
  expect(place(dockerfile, "conf/a.conf", "file", ["conf/a.conf", "a.conf"])).toMatch(/no COPY/);
  expect(place(dockerfile, "conf/a.conf", "file", ["conf/a.conf"])).toEqual(["/etc/a.conf"]);
  expect(place(dockerfile, "a.conf", "file", ["conf/a.conf", "a.conf"])).toEqual(["/etc/a.conf"]);
});

describe("deletions", () => {
  test("are synced where a build would leave nothing there", () => {
    expect(place("FROM scratch\nCOPY a /srv/", "a/f", "gone")).toEqual(["/srv/f"]);
  });
  test("rebuild where another file comes to light, or where the build has to fail", () => {
    const twice = "FROM scratch\nCOPY a /srv/\nCOPY b /srv/";
    expect(place(twice, "b/f", "gone", ["a/f"])).toMatch(/come to light/);
    expect(place(twice, "b/f", "gone", ["b/other"])).toEqual(["/srv/f"]);
    expect(place("FROM scratch\nCOPY f /srv/", "f", "gone")).toMatch(/names it/);
  });
  test("rebuild where the base image or a command may have put something there", () => {
    expect(place("FROM x\nCOPY a /srv/", "a/f", "gone")).toMatch(/base image/);
    expect(place("FROM scratch\nRUN make\nCOPY a /srv/", "a/f", "gone")).toMatch(/base image/);
    expect(place("FROM x AS base\nFROM base\nCOPY a /srv/", "a/f", "gone")).toMatch(/base image/);
  });
});

test("only what a pattern matches is placed, and the rule names it", () => {
  const placer = inferPlacer(["templates/**/*.html", "static/**"], planOf("FROM x\nCOPY . /app/"), treeOf([]));
  expect(placer("templates/a.html", "file")).toEqual({
    kind: "placed",
    rule: 'sync.infer "templates/**/*.html"',
    destinations: ["/app/templates/a.html"],
  });
  expect(placer("static/.hidden/x", "file")).toMatchObject({ kind: "placed" });
  expect(placer("main.go", "file")).toMatchObject({ kind: "unplaced" });
  expect(inferPlacer(all, undefined, treeOf([]))("a", "file")).toMatchObject({ kind: "unplaced" });
});
