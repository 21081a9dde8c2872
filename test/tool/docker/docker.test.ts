/** What the client is started with: where the values of build args are, and that every build is told whole. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isClientVariable } from "../../../src/tool/docker/client-variables.ts";
import { buildxCall, classicCall, type ImageBuild, typedArgv } from "../../../src/tool/docker/docker.ts";
import { bakedImageId } from "../../../src/tool/docker/docker-bake.ts";

const plain: ImageBuild = {
  context: "/app",
  dockerfile: "/app/Dockerfile",
  tags: ["web:1"],
  buildArgs: {},
  idFile: "/scratch/image-id",
};
const withArgs = (buildArgs: ImageBuild["buildArgs"], more: Partial<ImageBuild> = {}): ImageBuild => ({
  ...plain,
  buildArgs,
  ...more,
});

describe("a variable that the client reads", () => {
  const read = "HTTPS_PROXY http_proxy No_Proxy DOCKER_HOST DOCKER_BUILDKIT PATH HOME BUILDX_BUILDER BUILDKIT_HOST";
  const more = "LD_PRELOAD GODEBUG SSH_AUTH_SOCK GIT_DIR AWS_PROFILE OTEL_EXPORTER_OTLP_ENDPOINT SOURCE_DATE_EPOCH";
  test.each(`${read} ${more} BUN_OPTIONS SSL_CERT_FILE TMPDIR XDG_CONFIG_HOME KUBECONFIG`.split(" "))("%s", (name) =>
    expect(isClientVariable(name)).toBe(true),
  );
  const others = "VERSION GO_VERSION GOLANG_IMAGE NODE_ENV PYTHON_VERSION PATHS HOMEPAGE APP_HTTP_PROXY BASE COMMIT";
  test.each(others.split(" "))("is not %s", (name) => expect(isClientVariable(name)).toBe(false));
});

test("a value is in the environment, its name in the command line", () => {
  const call = buildxCall(withArgs({ VERSION: "a secret", FROM_SHELL: null }));
  expect(call).toMatchObject({ env: { VERSION: "a secret" }, tells: "id", open: [] });
  expect(call.stdin).toBeUndefined();
  expect(call.argv.join(" ")).toContain("--build-arg FROM_SHELL --build-arg VERSION ");
  expect(classicCall(withArgs({ VERSION: "a secret" }))).toMatchObject({ env: { VERSION: "a secret" }, open: [] });
});

test("a value of the client's own name is in a file on standard input", () => {
  const call = buildxCall(
    withArgs(
      { HTTP_PROXY: "http://a:b@c", VERSION: `\${x} %{y} $\${z}` },
      { target: "dev", platform: "linux/arm64", contexts: { lib: "/lib" }, noCache: true, cacheFrom: ["web:0"] },
    ),
  );
  expect(call).toMatchObject({ tells: "metadata", open: [] });
  expect(call.env).toEqual({ BUILDX_BAKE_ENTITLEMENTS_FS: "0", BUILDX_METADATA_PROVENANCE: "disabled" });
  expect(call.argv.join(" ")).toBe(
    "docker buildx bake --progress=rawjson --metadata-file /scratch/image-id -f - default",
  );
  expect(JSON.parse(call.stdin ?? "")).toEqual({
    target: {
      default: {
        context: "/app",
        dockerfile: "/app/Dockerfile",
        args: { HTTP_PROXY: "http://a:b@c", VERSION: `$\${x} %%{y} $$\${z}` },
        tags: ["web:1"],
        contexts: { lib: "/lib" },
        target: "dev",
        platforms: ["linux/arm64"],
        "cache-from": ["web:0"],
        "no-cache": true,
        attest: ["type=provenance,disabled=true"],
        output: ["type=docker"],
      },
    },
  });
});

test.each([
  ["added hosts", { addHost: ["a:1.2.3.4"] }],
  ["the host's network", { network: "host" }],
  ["ssh", { ssh: "default" }],
  ["flags of which only the client knows the meaning", { cliFlags: ["--label=a=b"] }],
] as const)("with %s the value is told in the open, and the name with it", (_, more) => {
  const call = buildxCall(withArgs({ HTTP_PROXY: "http://c", VERSION: "1" }, more));
  expect(call).toMatchObject({ env: { VERSION: "1" }, open: ["HTTP_PROXY"], tells: "id" });
  expect(call.argv).toContain("HTTP_PROXY=http://c");
  expect(classicCall(withArgs({ HTTP_PROXY: "http://c" }))).toMatchObject({ env: {}, open: ["HTTP_PROXY"] });
});

test("no value is in a command line that need not be, and none replaces what the client reads", () => {
  const names = fc.oneof(
    fc.constantFrom("PATH", "HTTP_PROXY", "DOCKER_HOST", "VERSION", "LD_PRELOAD"),
    fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/),
  );
  const value = fc.string({ unit: "binary", minLength: 6, maxLength: 30 }).map((text) => `<${text}>`);
  const long = fc.constant(`<${"x".repeat(200_000)}>`);
  const args = fc.dictionary(names, fc.oneof(value, long), { maxKeys: 5 });
  fc.assert(
    fc.property(args, (buildArgs) => {
      const call = buildxCall(withArgs(buildArgs));
      const shown = [...call.argv, ...typedArgv(withArgs(buildArgs))].join("\n");
      for (const one of Object.values(buildArgs)) expect(shown.includes(one)).toBe(false);
      if (call.stdin === undefined)
        for (const [name, one] of Object.entries(call.env)) {
          expect(isClientVariable(name)).toBe(false);
          expect(one?.length).toBeLessThan(131_072);
        }
      else expect(Object.keys(call.env)).toEqual(["BUILDX_BAKE_ENTITLEMENTS_FS", "BUILDX_METADATA_PROVENANCE"]);
    }),
  );
});

test("the id of a baked image is its config's where the client tells it", () => {
  const told = { "containerimage.config.digest": "sha256:config", "containerimage.digest": "sha256:manifest" };
  expect(bakedImageId(JSON.stringify({ default: told }))).toBe("sha256:config");
  expect(bakedImageId(JSON.stringify({ default: { "containerimage.digest": "sha256:manifest" } }))).toBe(
    "sha256:manifest",
  );
  expect(() => bakedImageId("{}")).toThrow("does not tell");
});
