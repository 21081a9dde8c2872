/**
 * Inferred places against the real thing: build a Dockerfile, change one file of the context, build again. What changed
 * in the image's file system has to be the inferred places and nothing else; where nothing is inferred, anything may
 * have changed. A file put into the inferred place by hand would so give the container that a build gives.
 */
import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inferPlacer } from "../../../../src/build/docker/dockerfile/infer.ts";
import { inspectDocker } from "../../../../src/build/docker/inspect.ts";
import { contextTree } from "../../../../src/dev/loop/artifact-files.ts";
import { docker } from "../../../rig/scratch-image.ts";

const tree = ["a.html", "b.html", "pages/x.html", "pages/deep/y.html", "pages2/z.html", "conf/app.conf", "app.conf"];

const dockerfiles: Readonly<Record<string, string>> = {
  "directories, files and working directories": `FROM scratch
WORKDIR /srv
COPY pages .
COPY a.html b.html ./two/
COPY a.html renamed.html
COPY conf/app.conf /etc/app.conf
WORKDIR deeper
COPY pages2 ./
COPY b.html /srv/deeper
`,
  "wildcards and the whole context": `FROM scratch
WORKDIR /w
COPY p*/*.html /flat/
COPY page* /merged/
COPY . /all/
COPY *.conf /etc/
`,
  "stages, one from another and copies between them": `FROM scratch AS files
COPY . /src/
FROM scratch AS base
COPY --from=files /src/pages /base/pages
COPY conf /base/conf/
FROM base
COPY --from=files /src/a.html /src/b.html /out/
COPY --from=0 /src/pages2 /out/more
COPY pages/deep /base/pages/deep
`,
  "one place written twice": `FROM scratch
COPY pages /srv/
COPY pages2 /srv/
COPY app.conf /etc/app.conf
COPY conf/app.conf /etc/app.conf
COPY a.html /one/
COPY b.html /one/a.html
`,
  "an ignore file": `FROM scratch
COPY . /all/
COPY conf/* app.conf /conf/
`,
  "a command in a build stage": `FROM scratch AS build
COPY busybox /bin/sh
COPY . /src/
RUN echo made > /src/made
FROM scratch
COPY --from=build /src/pages /pages
COPY --from=build /src/made /made
`,
};

/** Path -> content of every file of the image. */
async function filesOf(context: string): Promise<Map<string, string>> {
  const out = join(context, "..", `out-${randomBytes(3).toString("hex")}`);
  await docker("buildx", "build", "-q", "--provenance=false", "--output", `type=local,dest=${out}`, context);
  const files = new Map<string, string>();
  for await (const path of new Bun.Glob("**/*").scan({ cwd: out, dot: true }))
    if (!path.endsWith("bin/sh")) files.set(`/${path}`, await Bun.file(join(out, path)).text());
  await rm(out, { recursive: true });
  return files;
}

function difference(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((p) => before.get(p) !== after.get(p)).sort();
}

describe("inferred places are where a build puts the file", () => {
  for (const [name, dockerfile] of Object.entries(dockerfiles))
    test(name, async () => {
      const root = await realpath(await mkdtemp(join(tmpdir(), "devloop-infer-")));
      await using _ = { [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
      const context = join(root, "context");
      for (const path of tree) {
        await mkdir(dirname(join(context, path)), { recursive: true });
        await writeFile(join(context, path), `content of ${path}`);
      }
      await cp("/bin/busybox", join(context, "busybox"));
      await writeFile(join(context, "Dockerfile"), dockerfile);
      await writeFile(
        join(context, ".dockerignore"),
        name === "an ignore file" ? "pages/deep\n*.conf\na*\n!app.conf\n" : "",
      );
      const spec = { context, dockerfile: join(context, "Dockerfile"), buildArgs: {} };
      const { plan, sources } = await inspectDocker(spec);
      const place = inferPlacer(["**/*"], plan, contextTree(sources));
      const before = await filesOf(context);
      let placed = 0;
      for (const path of tree) {
        if (sources.part(path, "file") !== "in") continue;
        const placement = place(path, "file");
        await writeFile(join(context, path), "changed");
        const changed = difference(before, await filesOf(context));
        await writeFile(join(context, path), `content of ${path}`);
        if (placement.kind === "placed") {
          placed++;
          expect([path, [...placement.destinations].sort()]).toEqual([path, changed]);
        } else if (placement.why.startsWith("no COPY")) expect([path, changed]).toEqual([path, []]);
        const gone = place(path, "gone");
        if (gone.kind !== "placed") continue;
        await rm(join(context, path));
        const left = await filesOf(context);
        await writeFile(join(context, path), `content of ${path}`);
        const removed = new Map([...before].filter(([at]) => !gone.destinations.includes(at)));
        expect([path, difference(removed, left)]).toEqual([path, []]);
      }
      expect(placed).toBeGreaterThan(0);
    });
});
