/** Images that pods of the cluster build, by a stand-in for kaniko's executor, pushed to a real registry and run from there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { type Executor, executorOnNodes, registryForPods } from "../rig/cluster-builds.ts";
import { DevloopProcess, devloop } from "../rig/devloop.ts";
import { eventually } from "../rig/eventually.ts";
import { kubectl } from "../rig/kubectl.ts";
import { type ProjectRun, projectRun } from "../rig/project-run.ts";
import type { TestRegistry } from "../rig/registry.ts";

let executor: Executor;
let registry: TestRegistry;
beforeAll(async () => {
  executor = await executorOnNodes();
  registry = await registryForPods();
});
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await executor?.[Symbol.asyncDispose]();
});

interface How {
  /** Further fields of the artifact's section, of `build.cluster`, and further artifacts. */
  readonly kaniko?: string;
  readonly cluster?: string;
  readonly artifacts?: string;
  readonly requires?: string;
  readonly at?: TestRegistry;
}

const images = () => `image: "${executor.image}", initImage: "${executor.image}"`;

/** The sample, built in its own namespace of the cluster. */
async function kanikoRun(part: string, how: How = {}): Promise<ProjectRun> {
  const { kaniko = "", cluster = "", artifacts = "", requires = "", at = registry } = how;
  const it = await projectRun(part);
  await it.sample.edit(
    "skaffold.yaml",
    /sync:\n(.*\n)*?manifests:/,
    `kaniko: {${images()}, ${kaniko}}
${requires}${artifacts}  cluster: {namespace: ${it.namespace}, ${cluster}}
  insecureRegistries: ["${at.host}"]
manifests:`,
  );
  return it;
}

const repositoryOf = (image: string) => image.replaceAll("/", "_");
const podPosts = ({ proxy }: ProjectRun) => proxy.count("POST", /\/pods$/);

async function nothingLeft(it: ProjectRun): Promise<void> {
  await eventually("no pod and no secret of a build is left", async () => {
    const left = await kubectl(["-n", it.namespace, "get", "pods,secrets", "-l", "skaffold-kaniko", "-o", "name"]);
    return left.trim() === "" ? true : undefined;
  });
}

async function servedVersion(it: ProjectRun, text: string): Promise<void> {
  await eventually(`version.txt says ${text}`, async () =>
    (await it.served("web:80", "version.txt").catch(() => "")).includes(text) ? true : undefined,
  );
}

test("run: started from the registry by its digest, nothing for the same files, built again for a changed one", async () => {
  await using it = await kanikoRun("kaniko");
  const first = await it.run("run", "-d", registry.host);
  expect(first).toMatchObject({ code: 0 });
  expect(first.text).toContain("Pushing image to");
  await servedVersion(it, "one");
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  const live = await kubectl(["-n", it.namespace, "get", "deployment", "web", "-o", path]);
  const [, tag = "", digest] = /^[^/]+\/[^:]+:([^@]+)@(.*)$/.exec(live) ?? [];
  expect(await registry.digest(repositoryOf(it.sample.image), tag)).toBe(digest as string);
  await nothingLeft(it);

  it.proxy.forget();
  await it.sample.write("web/unused.txt", "no part of the image\n");
  const idle = await it.run("run", "-d", registry.host);
  expect(idle).toMatchObject({ code: 0 });
  expect(idle.text).not.toContain("Building [");
  expect(podPosts(it)).toBe(0);
  const rendered = await it.run("render", "-d", registry.host);
  expect(rendered.text).toContain(`image: ${live}`);
  expect(await it.run("deploy", "-d", registry.host)).toMatchObject({ code: 0 });
  expect(podPosts(it)).toBe(0);

  await it.sample.write("web/version.txt", "two\n");
  const second = await it.run("run", "-d", registry.host);
  expect(second).toMatchObject({ code: 0 });
  expect(podPosts(it)).toBe(1);
  await servedVersion(it, "two");
  await nothingLeft(it);
});

test("the article's section, by its profile and with no engine at hand", async () => {
  await using it = await kanikoRun("kanikoarticle");
  const { sample, namespace } = it;
  const profile = `profiles:
  - name: ci-kaniko
    build:
      cluster:
        pullSecretName: kaniko-secret
        namespace: ${namespace}
      insecureRegistries: ["${registry.host}"]
      artifacts:
        - image: ${sample.image}
          context: web
          kaniko:
            dockerfile: Dockerfile
            buildArgs:
              VERSION: "{{.IMAGE_TAG}}"
            cache:
              repo: ${registry.host}/layers
            ${images().replace(", ", "\n            ")}
`;
  const text = await Bun.file(sample.path("skaffold.yaml")).text();
  await sample.write("skaffold.yaml", text.replace(/\n {2}cluster: .*/, "\n  local: {}") + profile);
  await sample.edit("skaffold.yaml", /\n {6}kaniko: .*/, "");
  await sample.edit("web/Dockerfile", "WORKDIR /www", "ARG VERSION\nRUN echo version $VERSION\nWORKDIR /www");
  const env = { ...it.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const build = () => devloop(["build", "--profile=ci-kaniko", "-d", registry.host], { cwd: sample.directory, env });

  const missing = await build();
  expect(missing.code).toBe(1);
  expect(missing.text).toContain(`there is no secret kaniko-secret in the namespace ${namespace}`);

  await kubectl(["-n", namespace, "create", "secret", "generic", "kaniko-secret", "--from-literal=kaniko-secret={}"]);
  const built = await build();
  expect(built).toMatchObject({ code: 0 });
  expect(built.text).toMatch(/version sha256-[0-9a-f]{12}/);
  expect(built.text).toContain(`Pushing layer ${registry.host}/layers to cache now`);
  await nothingLeft(it);
  await kubectl(["-n", namespace, "get", "secret", "kaniko-secret"]);

  // Another file, the same command: its layer is in the repository of the cache.
  await sample.edit("web/Dockerfile", "echo version $VERSION", "echo compiled");
  expect((await build()).text).toContain("No cached layer found for cmd RUN echo compiled");
  await sample.write("web/version.txt", "two\n");
  expect((await build()).text).toContain("Using caching version of cmd: RUN echo compiled");
});

test("a build that fails: its last lines, why, and nothing is left; so does one whose executor cannot start", async () => {
  await using it = await kanikoRun("kanikofails");
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo compiling && exit 3\nWORKDIR /www");
  const failed = await it.run("build", "-d", registry.host);
  expect(failed.code).toBe(1);
  expect(failed.text).toContain(`cannot build ${it.sample.image}: waiting for process to exit: exit status 3`);
  expect(failed.text).toContain("compiling");
  expect(failed.text).toContain("skaffold.yaml:");
  expect(failed.text).not.toMatch(/^\s+at /m);
  await nothingLeft(it);

  await it.sample.edit("skaffold.yaml", /, initImage: "[^"]*"/, ', initImage: "localhost:1/none:1"');
  const unstarted = await it.run("build", "-d", registry.host);
  expect(unstarted.code).toBe(1);
  expect(unstarted.text).toContain("cannot pull the image localhost:1/none:1");
  await nothingLeft(it);

  await it.sample.edit(
    "skaffold.yaml",
    ', initImage: "localhost:1/none:1"',
    `, initImage: "${executor.image}", tarPath: [a]`,
  );
  expect((await it.run("build", "-d", registry.host)).text).toContain("tarPath");
});

test("a build takes no longer than its timeout", async () => {
  await using it = await kanikoRun("kanikolate", { cluster: "timeout: 8s" });
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo sleeping && sleep 600\nWORKDIR /www");
  const late = await it.run("build", "-d", registry.host);
  expect(late.code).toBe(1);
  expect(late.text).toContain("it was not done after 8s");
  await nothingLeft(it);
});

describe("a build that is ended in the middle", () => {
  const secretFile = "key.json";
  async function sleeping(part: string) {
    const it = await kanikoRun(part, { cluster: `pullSecretPath: ${secretFile}` });
    await it.sample.write(secretFile, "{}");
    await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo now sleeping && sleep 600\nWORKDIR /www");
    const build = it.start("build", "-d", registry.host);
    await build.line(/\] now sleeping/);
    const there = await kubectl(["-n", it.namespace, "get", "pods,secrets", "-l", "skaffold-kaniko", "-o", "name"]);
    expect(there).toMatch(/^pod\/kaniko-\w+\nsecret\/kaniko-secret\n$/);
    return { it, build };
  }

  test("by Ctrl-C: its pod and its secret are gone when devloop is", async () => {
    const { it, build } = await sleeping("kanikointerrupted");
    await using _ = it;
    build.interrupt();
    expect(await build.exit()).toBe(130);
    await nothingLeft(it);
  });

  test("by SIGKILL: the next start removes them, whatever it does", async () => {
    const { it, build } = await sleeping("kanikokilled");
    await using _ = it;
    // Another command meanwhile leaves a running build alone.
    await it.sample.edit("web/Dockerfile", "sleep 600", "true");
    const beside = await it.run("build", "-d", registry.host);
    expect(beside.text).not.toContain("which a build that was killed had left");
    expect(await kubectl(["-n", it.namespace, "get", "pods", "-l", "skaffold-kaniko", "-o", "name"])).toMatch(/^pod\//);
    build.interrupt("SIGKILL");
    await build.exit();
    const next = await it.run("build", "-d", registry.host);
    expect(next).toMatchObject({ code: 0 });
    expect(next.text).toMatch(/removed pod\/kaniko-\w+.* which a build that was killed had left/);
    await nothingLeft(it);
    expect((await it.run("build", "-d", registry.host)).text).not.toContain("removed");
  });
});

describe("a registry that asks for a password", () => {
  const auth = { user: "ann", password: "correct horse" };
  let guarded: TestRegistry;
  beforeAll(async () => {
    guarded = await registryForPods(auth);
  });
  afterAll(() => guarded?.[Symbol.asyncDispose]());

  async function privateRun(part: string, cluster: string) {
    const it = await kanikoRun(part, { cluster, at: guarded });
    const config = { auths: { [guarded.host]: { auth: btoa(`${auth.user}:${auth.password}`) } } };
    await mkdir(it.sample.path("docker"), { recursive: true });
    await it.sample.write("docker/config.json", JSON.stringify(config));
    const env = { ...it.env, DOCKER_CONFIG: it.sample.path("docker") };
    const build = () => devloop(["build", "-d", guarded.host], { cwd: it.sample.directory, env });
    return { it, build };
  }

  test("without credentials in the pod the executor's own words say so", async () => {
    const { it, build } = await privateRun("kanikonone", "");
    await using _ = it;
    const { code, text } = await build();
    expect(code).toBe(1);
    expect(text).toContain("error checking push permissions");
    await nothingLeft(it);
  });

  test("by a pull secret that is there", async () => {
    const { it, build } = await privateRun("kanikopull", "pullSecretName: regcred");
    await using _ = it;
    const login = [`--docker-server=${guarded.host}`, `--docker-username=${auth.user}`];
    const password = `--docker-password=${auth.password}`;
    await kubectl(["-n", it.namespace, "create", "secret", "docker-registry", "regcred", ...login, password]);
    expect(await build()).toMatchObject({ code: 0 });
    await kubectl(["-n", it.namespace, "get", "secret", "regcred"]);
    expect(await build()).toMatchObject({ code: 0, text: expect.not.stringContaining("Building [") });
  });

  test("by a Docker config of this machine, which is a secret for the time of the build", async () => {
    const config = "dockerConfig: {path: docker/config.json}, randomDockerConfigSecret: true";
    const { it, build } = await privateRun("kanikoconfig", config);
    await using _ = it;
    expect(await build()).toMatchObject({ code: 0 });
    expect(it.proxy.count("POST", /\/secrets$/)).toBe(1);
    await nothingLeft(it);
  });

  test("a secret of that name with another content is never taken or changed", async () => {
    const { it, build } = await privateRun("kanikoforeign", "dockerConfig: {path: docker/config.json}");
    await using _ = it;
    await kubectl(["-n", it.namespace, "create", "secret", "generic", "docker-cfg", "--from-literal=config.json={}"]);
    const { code, text } = await build();
    expect(code).toBe(1);
    expect(text).toContain(`there is another secret docker-cfg in the namespace ${it.namespace} already`);
    expect(text).toContain("randomDockerConfigSecret: true");
    const kept = await kubectl(["-n", it.namespace, "get", "secret", "docker-cfg", "-o", "jsonpath={.data}"]);
    expect(kept).toBe(JSON.stringify({ "config.json": btoa("{}") }));
    expect(podPosts(it)).toBe(0);
  });
});

test.each([
  [1, "one after the other"],
  [0, "at a time"],
])("two artifacts with concurrency %i are built %s; they share a secret", async (concurrency) => {
  await using it = await projectRun(`kanikotwo${concurrency}`);
  const other = it.sample.image.replace(/web$/, "other");
  await it.sample.write("key.json", "{}");
  await it.sample.write("other/Dockerfile", `FROM scratch\nRUN sleep 2\nCOPY a.txt /\nLABEL devloop.test=${other}\n`);
  await it.sample.write("other/a.txt", "a\n");
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN sleep 2\nWORKDIR /www");
  await it.sample.edit(
    "skaffold.yaml",
    /sync:\n(.*\n)*?manifests:/,
    `kaniko: {${images()}}
    - {image: ${other}, context: other, kaniko: {${images()}}}
  cluster: {namespace: ${it.namespace}, concurrency: ${concurrency}, pullSecretPath: key.json}
  insecureRegistries: ["${registry.host}"]
manifests:`,
  );
  expect(await it.run("build", "-d", registry.host)).toMatchObject({ code: 0 });
  const moves = it.proxy.requests.filter(({ path }) => /\/pods(\/kaniko-[^/]+)?$/.test(path));
  const order = moves.flatMap(({ method }) => (method === "POST" || method === "DELETE" ? [method] : []));
  expect(order).toEqual(
    concurrency === 1 ? ["POST", "DELETE", "POST", "DELETE"] : ["POST", "POST", "DELETE", "DELETE"],
  );
  expect(it.proxy.count("POST", /\/secrets$/)).toBe(concurrency === 1 ? 2 : 1);
  await nothingLeft(it);
});

test("an image of another artifact is the base by its alias; a changed base is built on anew", async () => {
  await using it = await projectRun("kanikobase");
  const base = it.sample.image.replace(/web$/, "base");
  await it.sample.write("base/Dockerfile", `FROM scratch\nCOPY base.txt /www/\nLABEL devloop.test=${base}\n`);
  await it.sample.write("base/base.txt", "base one\n");
  await it.sample.edit("web/Dockerfile", "FROM scratch", "ARG BASE\nFROM $BASE");
  await it.sample.edit(
    "skaffold.yaml",
    /sync:\n(.*\n)*?manifests:/,
    `kaniko: {${images()}}
      requires: [{image: ${base}, alias: BASE}]
    - {image: ${base}, context: base, kaniko: {${images()}}}
  cluster: {namespace: ${it.namespace}}
  insecureRegistries: ["${registry.host}"]
manifests:`,
  );
  const served = (text: string) =>
    eventually(`base.txt says ${text}`, async () =>
      (await it.served("web:80", "base.txt").catch(() => "")).includes(text) ? true : undefined,
    );
  expect(await it.run("run", "-d", registry.host)).toMatchObject({ code: 0 });
  await served("base one");
  await it.sample.write("base/base.txt", "base two\n");
  expect(await it.run("run", "-d", registry.host)).toMatchObject({ code: 0 });
  await served("base two");
});

test("dev: a save is built in a pod and rolled out, a page is synced; Ctrl-C in a build leaves nothing", async () => {
  await using it = await kanikoRun("kanikodev", { requires: '      sync: {infer: ["site/**"]}\n' });
  await using session = it.start("dev", "-d", registry.host);
  await session.line(/^Watching for changes/);
  await servedVersion(it, "one");
  let mark = session.mark();
  await it.sample.write("web/site/page.html", "<p>second</p>\n");
  await session.line(/^Synced/, { from: mark });
  expect(await it.served("web:80", "site/page.html")).toContain("second");
  mark = session.mark();
  await it.sample.write("web/version.txt", "two\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await servedVersion(it, "two");
  // A newer save takes the place of a build that runs.
  mark = session.mark();
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo first sleep && sleep 600\nWORKDIR /www");
  await session.line(/\] first sleep/, { from: mark });
  await it.sample.edit("web/Dockerfile", /RUN .*\n/, "");
  await it.sample.write("web/version.txt", "three\n");
  await session.line(/^Rebuilt and ready in /, { from: mark });
  await servedVersion(it, "three");
  await nothingLeft(it);
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo now sleeping && sleep 600\nWORKDIR /www");
  await session.line(/\] now sleeping/);
  session.interrupt();
  expect(await session.exit()).toBe(0);
  await nothingLeft(it);
});

test("the Dockerfile may be beside the context, and hidden in it; only what counts is in the image", async () => {
  await using it = await kanikoRun("kanikofiles", { kaniko: "dockerfile: outside.Dockerfile" });
  const dockerfile = `FROM scratch\nCOPY . /www/\nCOPY busybox /bin/busybox\nLABEL devloop.test=${it.sample.image}\nCMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]\n`;
  await it.sample.write("outside.Dockerfile", dockerfile);
  await it.sample.write("web/.dockerignore", "Dockerfile\nsecret*\n");
  await it.sample.write("web/secret.txt", "never sent\n");
  expect(await it.run("run", "-d", registry.host)).toMatchObject({ code: 0 });
  await servedVersion(it, "one");
  for (const path of ["secret.txt", "Dockerfile", "outside.Dockerfile"])
    expect(await it.served("web:80", path).catch(() => "none")).toBe("none");

  await it.sample.edit("skaffold.yaml", "dockerfile: outside.Dockerfile", "dockerfile: Dockerfile");
  await it.sample.write("web/Dockerfile", `${dockerfile}# the one in the context\n`);
  expect(await it.run("run", "-d", registry.host)).toMatchObject({ code: 0 });
  expect(await it.served("web:80", "Dockerfile").catch(() => "none")).toBe("none");
});

test("a killed devloop's pod goes with devloop delete as well", async () => {
  await using it = await kanikoRun("kanikodelete");
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo now sleeping && sleep 600\nWORKDIR /www");
  const build = new DevloopProcess(["build", "-d", registry.host], { cwd: it.sample.directory, env: it.env });
  await build.line(/\] now sleeping/);
  build.interrupt("SIGKILL");
  await build.exit();
  expect((await it.run("delete")).code).toBe(0);
  await nothingLeft(it);
});

test("connections that break: the context is sent again, the log goes on, the build is done", async () => {
  await using it = await kanikoRun("kanikobreaks");
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo before && sleep 3 && echo after\nWORKDIR /www");
  it.proxy.rule("GET", /\/exec\?/, { kind: "cut", after: 0 }, 1);
  await using build = it.start("build", "-d", registry.host);
  await build.line(/sending the context again/);
  await build.line(/\] before$/);
  it.proxy.cut();
  expect(await build.exit()).toBe(0);
  expect(build.lines.filter((line) => /\] (before|after)$/.test(line))).toHaveLength(2);
  await nothingLeft(it);
});

test("a registry that the pod reaches and this machine does not is told as that", async () => {
  await using it = await kanikoRun("kanikoinsecure", { kaniko: "insecure: true" });
  await it.sample.edit("skaffold.yaml", /\n {2}insecureRegistries: .*/, "");
  const { code, text } = await it.run("build", "-d", registry.host);
  expect(code).toBe(1);
  expect(text).toContain("but it cannot be read from this machine");
  expect(text).toContain("build.insecureRegistries");
  await nothingLeft(it);
});

test("a pod that somebody deletes in the middle of a build", async () => {
  await using it = await kanikoRun("kanikodeleted");
  await it.sample.edit("web/Dockerfile", "WORKDIR /www", "RUN echo now sleeping && sleep 600\nWORKDIR /www");
  await using build = it.start("build", "-d", registry.host);
  await build.line(/\] now sleeping/);
  await kubectl(["-n", it.namespace, "delete", "pods", "-l", "skaffold-kaniko", "--force", "--grace-period=0"]);
  expect(await build.exit()).toBe(1);
  expect(build.text).toContain(`cannot build ${it.sample.image}:`);
  await nothingLeft(it);
});
