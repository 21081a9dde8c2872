/** Builds by the real engine: images, names, events, and what comes of everything that can go wrong. */
import { afterEach, describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../../src/diag/failure.ts";
import { printDiagnostics } from "../../../src/diag/print.ts";
import { living } from "../../../src/tool/process/children.ts";
import { engineProxy } from "../../rig/engine-proxy.ts";
import { eventually } from "../../rig/eventually.ts";
import { docker } from "../../rig/scratch-image.ts";
import { type BuildFolder, buildFolder, idOf } from "./built-image.ts";

const shell = 'FROM scratch\nCOPY busybox /bin/busybox\nSHELL ["/bin/busybox", "sh", "-c"]\n';
let folder: BuildFolder;
afterEach(() => folder[Symbol.asyncDispose]());

async function failure(build: Promise<unknown>): Promise<Failure> {
  const thrown = await build.catch((error: unknown) => error);
  if (!(thrown instanceof Failure)) throw new Error(`no failure but ${thrown}`);
  return thrown;
}

const steps = ({ events }: BuildFolder) =>
  events.flatMap((event) => (event.type === "build-step" && !event.name.startsWith("[internal]") ? [event] : []));

describe("a build through BuildKit", () => {
  test("gives the image's id, all names, and its steps as events", async () => {
    folder = await buildFolder("plain", `${shell}RUN echo built at $(/bin/busybox date +%N)\n`);
    const tags = [`${folder.repository}:v1`, `${folder.repository}:latest`];
    const built = await folder.build({ noCache: true }, { tags });
    for (const tag of tags) expect(await idOf(tag)).toBe(built.imageId);
    expect(built.contextBytes).toBeGreaterThan(1_000_000);
    // In the order in which BuildKit first names them.
    expect(built.steps.map(({ name, cached }) => `${name.slice(0, 10)} ${cached}`).sort()).toEqual([
      "[1/2] COPY false",
      "[2/2] RUN  false",
      "exporting  false",
    ]);
    expect(folder.output()[0]).toStartWith("built at ");
    expect(steps(folder).map(({ status, name }) => `${status} ${name.slice(0, 10)}`)).toEqual([
      "started [1/2] COPY",
      "done [1/2] COPY",
      "started [2/2] RUN ",
      "done [2/2] RUN ",
      "started exporting ",
      "done exporting ",
    ]);
  });

  test("twice gives the same id from the cache, also after a mere touch", async () => {
    folder = await buildFolder("twice", `${shell}COPY a /a\n`);
    await folder.write("a", "same");
    const first = await folder.build();
    await folder.write("a", "same");
    const second = await folder.build();
    expect(second.imageId).toBe(first.imageId);
    expect(second.steps.filter(({ name }) => name.startsWith("[")).every(({ cached }) => cached)).toBe(true);
  });

  test("has no attestation, so that the image is a plain one", async () => {
    folder = await buildFolder("attest", shell);
    await folder.build();
    const inspected = JSON.parse(await docker("image", "inspect", `${folder.repository}:v1`));
    expect(inspected[0].Os).toBe("linux");
  });

  test("a comment in the source of an early stage leaves the same image", async () => {
    folder = await buildFolder(
      "comment",
      `${shell.replace("scratch", "scratch AS compile")}COPY main.src /src/main.src
RUN /bin/busybox grep -v '^#' /src/main.src > /program; /bin/busybox touch -d @0 /program
FROM scratch
COPY --from=compile /program /program
`,
    );
    await folder.write("main.src", "run\n");
    const first = await folder.build();
    // Never said before, so that no earlier run has it in the cache.
    await folder.write("main.src", `# what it does, as of ${Date.now()}\nrun\n`);
    const second = await folder.build();
    expect(second.imageId).toBe(first.imageId);
    expect(second.steps.find(({ name }) => name.startsWith("[compile 3/3]"))?.cached).toBe(false);
    await folder.write("main.src", "run faster\n");
    expect((await folder.build()).imageId).not.toBe(first.imageId);
  });

  test("a target, build args and the ignore file reach it", async () => {
    folder = await buildFolder(
      "options",
      `${shell.replace("scratch", "scratch AS one")}ARG WHO\nCOPY . /all/\nRUN echo hello $WHO; /bin/busybox ls /all\nFROM one\nRUN exit 1\n`,
    );
    await folder.write(".dockerignore", "hidden\n");
    await folder.write("hidden", "");
    await folder.write("open", "");
    await folder.build({ target: "one", buildArgs: { WHO: "world" }, noCache: true });
    expect(folder.output()).toContain("hello world");
    expect(folder.output()).toContain("open");
    expect(folder.output()).not.toContain("hidden");
  });

  test("named contexts and other flags of its own reach it", async () => {
    folder = await buildFolder(
      "flags",
      `${shell.replace("scratch", "scratch AS one")}COPY --from=lib x /x\nRUN /bin/busybox cat /x\nFROM one\nRUN exit 1\n`,
    );
    await folder.write("lib/x", "from the library");
    await folder.build({
      cliFlags: [`--build-context=lib=${join(folder.root, "lib")}`, "--target", "one"],
      noCache: true,
    });
    expect(folder.output()).toEqual(["from the library"]);
  });

  test("several at once keep their events apart", async () => {
    folder = await buildFolder("many", `${shell}ARG N\nRUN for i in 1 2 3; do echo n$N $i; done\n`);
    const others = await Promise.all(
      [1, 2, 3].map((n) => buildFolder(`many-${n}`, `${shell}ARG N\nRUN for i in 1 2 3; do echo n$N $i; done\n`)),
    );
    const all = [folder, ...others];
    try {
      await Promise.all(all.map((one, n) => one.build({ buildArgs: { N: String(n) }, noCache: true })));
      for (const [n, one] of all.entries()) expect(one.output()).toEqual([`n${n} 1`, `n${n} 2`, `n${n} 3`]);
    } finally {
      for (const one of others) await one[Symbol.asyncDispose]();
    }
  });
});

describe("cache sources", () => {
  const missing = ["localhost:1/no/such:latest", "devloop-test/never-built:latest"];
  test("that are not there never fail a build, and are told", async () => {
    folder = await buildFolder("cache", `${shell}RUN echo done\n`);
    await folder.build({ cacheFrom: missing });
    const notices = folder.events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
    expect(notices.join("\n")).toContain("no cache from localhost:1/no/such:latest");
    expect(steps(folder).some(({ status }) => status === "failed")).toBe(false);
  });
  test("nor by the classic builder", async () => {
    folder = await buildFolder("cache-classic", "FROM scratch\nCOPY busybox /\n");
    await folder.build({ cacheFrom: missing, useBuildkit: false });
    expect(await idOf(`${folder.repository}:v1`)).toStartWith("sha256:");
  });
});

describe("a broken Dockerfile", () => {
  test("is a failure at its line with the last output of the step", async () => {
    folder = await buildFolder("broken", `${shell}RUN echo first\nRUN echo working; echo went wrong >&2; exit 7\n`);
    const { diagnostics } = await failure(folder.build());
    const text = printDiagnostics(diagnostics).replaceAll(folder.root, "");
    const command = "RUN echo working; echo went wrong >&2; exit 7";
    const head = "/Dockerfile:5:1: error: cannot build broken: step [3/3] failed: exit code: 7";
    expect(text).toStartWith(`${head}\n5 | ${command}\n  | ^^^^`);
    expect(diagnostics[0]?.details?.toSorted()).toEqual(["went wrong", "working"]);
    expect(steps(folder).at(-1)).toMatchObject({ status: "failed" });
  });
  test("that cannot be parsed", async () => {
    folder = await buildFolder("unparsed", "FROM scratch\n\nCOPPY a b\n");
    expect((await failure(folder.build())).diagnostics[0]).toMatchObject({ at: { line: 3, text: "COPPY a b" } });
  });
  test("that is not there", async () => {
    folder = await buildFolder("absent", "");
    const { message } = await failure(folder.build({ dockerfile: join(folder.root, "none") }));
    expect(message).toContain("no such file or directory");
  });
  test("by the classic builder names the step, and leaves no container", async () => {
    folder = await buildFolder("broken-classic", `${shell}RUN echo working; exit 7\n`);
    const { diagnostics } = await failure(folder.build({ useBuildkit: false }));
    expect(diagnostics[0]?.message).toContain("Step 4/4 : RUN echo working; exit 7 failed");
    expect(diagnostics[0]?.details?.join("\n")).toContain("working");
    expect(await docker("ps", "--all", "--no-trunc", "--format", "{{.Command}}")).not.toContain("echo working; exit 7");
  });
});

describe("the classic builder", () => {
  test("builds with its own output as lines", async () => {
    folder = await buildFolder("classic", `${shell}ARG WHO\nRUN echo hello $WHO\n`);
    const built = await folder.build({ useBuildkit: false, buildArgs: { WHO: "world" }, noCache: true });
    expect(await idOf(`${folder.repository}:v1`)).toBe(built.imageId);
    expect(folder.output()).toContain("hello world");
    expect(folder.output().join("\n")).toContain("Step 5/5");
  });
  test("refuses secrets and ssh before anything runs", async () => {
    folder = await buildFolder("classic-secret", shell);
    const { diagnostics } = await failure(
      folder.build({ useBuildkit: false, secrets: [{ id: "npm" }], ssh: "default" }),
    );
    expect(diagnostics[0]).toMatchObject({
      message: expect.stringContaining("secrets and ssh"),
      suggestion: expect.any(String),
    });
    expect(folder.events).toEqual([]);
  });
});

describe("secret values", () => {
  test("of build args are in no event and no failure", async () => {
    folder = await buildFolder("masked", `${shell}ARG API_TOKEN\nRUN echo "token $API_TOKEN"; exit 1\n`);
    const { diagnostics } = await failure(folder.build({ buildArgs: { API_TOKEN: "t0p-secret-value" } }));
    expect(JSON.stringify([folder.events, diagnostics])).not.toContain("t0p-secret-value");
    expect(folder.output()).toContain("token ***");
  });
  test("in the artifact's own flags are hidden, too", async () => {
    folder = await buildFolder("masked-flags", `${shell}ARG API_TOKEN\nRUN echo "token $API_TOKEN"; exit 1\n`);
    const { diagnostics } = await failure(folder.build({ cliFlags: ["--build-arg=API_TOKEN=t0p-secret-value"] }));
    expect(JSON.stringify([folder.events, diagnostics])).not.toContain("t0p-secret-value");
  });
  test("of build args reach the Dockerfile and are in no command line, whatever they are called", async () => {
    const shown =
      'RUN echo "$PLAIN|$FLAG|$PATH_OF|$HTTP_PROXY|$https_proxy|$DOCKER_HOST|$FROM_SHELL"; /bin/busybox sleep 1\n';
    const args = ["PLAIN", "FLAG", "PATH_OF", "HTTP_PROXY", "https_proxy", "DOCKER_HOST", "FROM_SHELL"];
    folder = await buildFolder("args", `${shell}${args.map((name) => `ARG ${name}\n`).join("")}${shown}`);
    process.env.FROM_SHELL = "of-our-own-environment";
    const buildArgs = {
      PLAIN: "value-one $HOME 'q' \"d\"",
      HTTP_PROXY: "http://user:value-two@127.0.0.1:9",
      https_proxy: "http://user:value-three@127.0.0.1:9",
      DOCKER_HOST: `tcp://value-four:1/\${HOME}$\${HOME}%{if}`,
      FROM_SHELL: null,
    };
    const lines: string[] = [];
    let building = true;
    const watching = (async () => {
      while (building) lines.push(...(await commandLines()));
    })();
    const built = await folder.build({ buildArgs, cliFlags: ["--build-arg=FLAG=value-five"], noCache: true });
    building = false;
    await watching;
    delete process.env.FROM_SHELL;
    expect(folder.output()).toEqual([
      `value-one $HOME 'q' "d"|value-five||http://user:value-two@127.0.0.1:9|http://user:value-three@127.0.0.1:9|tcp://value-four:1/\${HOME}$\${HOME}%{if}|of-our-own-environment`,
    ]);
    expect(await idOf(`${folder.repository}:v1`)).toBe(built.imageId);
    const ours = lines.filter((line) => line.includes("buildx"));
    expect(ours.length).toBeGreaterThan(0);
    expect(lines.filter((line) => /value-(one|two|three|four|five)/.test(line))).toEqual([]);
  });
  test("of an ordinary build are in no command line either", async () => {
    const shown = 'RUN echo "$PLAIN|$FLAG"; /bin/busybox sleep 1\n';
    folder = await buildFolder("plain-args", `${shell}ARG PLAIN\nARG FLAG=x\n${shown}`);
    for (const useBuildkit of [true, false]) {
      const lines: string[] = [];
      let building = true;
      const watching = (async () => {
        while (building) lines.push(...(await commandLines()));
      })();
      const flags = { cliFlags: ["--build-arg", "FLAG=value-two"], noCache: true, useBuildkit };
      await folder.build({ buildArgs: { PLAIN: "value-one" }, ...flags });
      building = false;
      await watching;
      expect(folder.output()).toContain("value-one|value-two");
      expect(lines.some((line) => line.includes(folder.root))).toBe(true);
      expect(lines.filter((line) => /value-(one|two)/.test(line))).toEqual([]);
    }
  });
  test("of args with the client's own names are told in the open where a flag allows nothing else", async () => {
    folder = await buildFolder("open-args", `${shell}ARG NO_PROXY\nRUN echo "$NO_PROXY"\n`);
    await folder.build({ buildArgs: { NO_PROXY: "value.one" }, cliFlags: ["--label=a=b"], noCache: true });
    expect(folder.output()).toEqual(["value.one"]);
    expect(folder.events).toContainEqual(
      expect.objectContaining({ type: "notice", level: "info", text: expect.stringContaining("NO_PROXY") }),
    );
  });
  test("a failure of such a build is told as every other one", async () => {
    folder = await buildFolder("failing-args", `${shell}ARG NO_PROXY\nRUN echo "no: $NO_PROXY"; exit 3\n`);
    const { diagnostics } = await failure(folder.build({ buildArgs: { NO_PROXY: "value.one" } }));
    expect(diagnostics[0]).toMatchObject({ at: { line: 5 }, details: ["no: value.one"] });
  });
  test("given as secrets reach the step and not the image", async () => {
    folder = await buildFolder(
      "secret",
      `${shell}RUN --mount=type=secret,id=npm /bin/busybox wc -c < /run/secrets/npm\n`,
    );
    await folder.write(".dockerignore", "npm\n");
    await folder.write("npm", "12345");
    await folder.build({ secrets: [{ id: "npm", src: join(folder.root, "npm") }], noCache: true });
    expect(folder.output()).toEqual(["5"]);
  });
});

describe("a cancelled build", () => {
  for (const useBuildkit of [true, false])
    test(`ends at once with everything it started, ${useBuildkit ? "BuildKit" : "classic"}`, async () => {
      folder = await buildFolder(`cancel-${useBuildkit}`, `${shell}RUN echo sleeping; /bin/busybox sleep 3600\n`);
      const cancel = new AbortController();
      const reason = new Error("a newer save");
      const building = folder.build({ useBuildkit, noCache: true }, { signal: cancel.signal }).catch((error) => error);
      await eventually("the step sleeps", () => folder.output().includes("sleeping") || undefined);
      cancel.abort(reason);
      expect(await building).toBe(reason);
      expect(living()).toEqual([]);
      await eventually("no client is left", async () =>
        (await clientsOf(folder.root)).length === 0 ? true : undefined,
      );
    });
});

describe("an engine that goes away", () => {
  test("in the middle of a build is a clear failure, and the next build works", async () => {
    folder = await buildFolder("cut", `${shell}RUN echo sleeping; /bin/busybox sleep 3600\n`);
    const before = process.env.DOCKER_HOST;
    await using proxy = await engineProxy();
    process.env.DOCKER_HOST = proxy.host;
    try {
      const building = failure(folder.build({ noCache: true }));
      await eventually("the step sleeps", () => folder.output().includes("sleeping") || undefined);
      proxy.cutAll();
      const { diagnostics } = await building;
      expect(diagnostics[0]?.message).toStartWith("cannot build cut: the connection to the engine was lost: ");
      expect(diagnostics[0]?.suggestion).toContain("docker info");
      await folder.write("Dockerfile", shell);
      expect((await folder.build()).imageId).toStartWith("sha256:");
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    }
  });
  test("before the build is a clear failure", async () => {
    folder = await buildFolder("no-engine", shell);
    const before = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = "unix:///nowhere/docker.sock";
    try {
      const { message } = await failure(folder.build());
      expect(message).toMatch(/Cannot connect to the Docker daemon at unix:\/\/\/nowhere\/docker.sock/i);
    } finally {
      if (before === undefined) delete process.env.DOCKER_HOST;
      else process.env.DOCKER_HOST = before;
    }
  });
});

/** Process ids whose command line names the path. */
async function clientsOf(path: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(path)) found.push(pid);
  }
  return found;
}

/** Command lines of every process that runs now. */
async function commandLines(): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
}
