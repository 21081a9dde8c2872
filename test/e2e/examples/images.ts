/** Examples about how images are built: what is copied, what stands on what, and what a change builds again. */
import type { Example, Names } from "./example.ts";
import { artifacts, base, config, page, serve, site } from "./pieces.ts";

type Row = (names: Names) => Example;

export const imageExamples: Readonly<Record<string, Row>> = {
  "one image, and manifests where they are looked for": ({ image }) => ({
    files: {
      "skaffold.yaml": config(`build: {artifacts: [{image: ${image("web")}}]}\n`),
      Dockerfile: `FROM ${base}\nCOPY www /www\n${serve}`,
      "www/index.txt": "one",
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/index.txt": "one" },
    change: { files: { "www/index.txt": "two" }, serves: { "web/index.txt": "two" }, builds: ["web"] },
  }),

  "an artifact that another starts from": ({ image }) => ({
    files: {
      "skaffold.yaml": config(
        artifacts(["base", image("base")], ["web", image("web"), `requires: [{image: ${image("base")}, alias: BASE}]`]),
      ),
      "base/Dockerfile": `FROM ${base}\nCOPY base.txt /www/\n`,
      "base/base.txt": "base one",
      "web/Dockerfile": `ARG BASE\nFROM $BASE\nCOPY web.txt /www/\n${serve}`,
      "web/web.txt": "web one",
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/base.txt": "base one", "web/web.txt": "web one" },
    change: { files: { "base/base.txt": "base two" }, serves: { "web/base.txt": "base two" }, builds: ["base", "web"] },
  }),

  "a tool that another artifact copies from": ({ image }) => ({
    files: {
      "skaffold.yaml": config(
        artifacts(["tool", image("tool")], ["web", image("web"), `requires: [{image: ${image("tool")}, alias: TOOL}]`]),
      ),
      "tool/Dockerfile": `FROM ${base}\nCOPY tool.txt /out/\n`,
      "tool/tool.txt": "tool one",
      "web/Dockerfile": `ARG TOOL=scratch\nFROM $TOOL AS tool\nFROM ${base}\nCOPY --from=tool /out /www\nCOPY . /www/\n${serve}`,
      "web/web.txt": "web one",
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/tool.txt": "tool one" },
    change: { files: { "web/web.txt": "web two" }, serves: { "web/web.txt": "web two" }, builds: ["web"] },
  }),

  "a chain of three artifacts": ({ image }) => ({
    files: {
      "skaffold.yaml": config(
        artifacts(
          ["one", image("one")],
          ["two", image("two"), `requires: [{image: ${image("one")}, alias: BELOW}]`],
          ["three", image("three"), `requires: [{image: ${image("two")}, alias: BELOW}]`],
        ),
      ),
      "one/Dockerfile": `FROM ${base}\nCOPY one.txt /www/\n`,
      "one/one.txt": "1",
      "two/Dockerfile": "ARG BELOW\nFROM $BELOW\nCOPY two.txt /www/\n",
      "two/two.txt": "2",
      "three/Dockerfile": `ARG BELOW\nFROM $BELOW\nCOPY three.txt /www/\n${serve}`,
      "three/three.txt": "3",
      "k8s/web.yaml": site("web", image("three")),
    },
    serves: { "web/one.txt": "1", "web/two.txt": "2", "web/three.txt": "3" },
    change: {
      files: { "two/two.txt": "22" },
      serves: { "web/one.txt": "1", "web/two.txt": "22" },
      builds: ["two", "three"],
    },
  }),

  "several stages that share their arguments": ({ image }) => ({
    files: {
      "skaffold.yaml": config(artifacts(["web", image("web"), "docker: {buildArgs: {VERSION: one}}"])),
      "web/Dockerfile": `ARG IMAGE=${base}
ARG VERSION=none
FROM $IMAGE AS build
ARG VERSION
RUN mkdir /out && echo "built $VERSION" > /out/built.txt
FROM $IMAGE
ARG VERSION
RUN mkdir /www && echo "run $VERSION" > /www/run.txt
COPY --from=build /out /www
${serve}`,
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/built.txt": "built one", "web/run.txt": "run one" },
    change: {
      files: {
        "skaffold.yaml": config(artifacts(["web", image("web"), "docker: {buildArgs: {VERSION: two}}"])),
      },
      serves: { "web/built.txt": "built two", "web/run.txt": "run two" },
      builds: ["web"],
    },
  }),

  "a target in the middle: a later stage does not count": ({ image }) => ({
    files: {
      "skaffold.yaml": config(artifacts(["web", image("web"), "docker: {target: dev}"])),
      "web/Dockerfile": `FROM ${base} AS dev\nCOPY dev.txt /www/\n${serve}FROM ${base} AS prod\nCOPY prod.txt /www/\n`,
      "web/dev.txt": "dev one",
      "web/prod.txt": "prod one",
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/dev.txt": "dev one" },
    change: { files: { "web/prod.txt": "prod two" }, serves: { "web/dev.txt": "dev one" }, builds: [] },
  }),

  "build arguments from the environment and the tag": ({ image }) => ({
    files: {
      "skaffold.yaml": config(
        artifacts(["web", image("web"), 'docker: {buildArgs: {TEAM: "{{.TEAM}}", NAME: "{{.IMAGE_NAME}}"}}']),
      ),
      "web/Dockerfile": `FROM ${base}\nARG TEAM\nARG NAME\nRUN mkdir /www && echo "$TEAM $NAME" > /www/args.txt\nCOPY a.txt /www/\n${serve}`,
      "web/a.txt": "one",
      "k8s/web.yaml": site("web", image("web")),
    },
    env: { TEAM: "blue" },
    serves: { "web/args.txt": "blue web" },
    change: {
      files: { "web/a.txt": "two" },
      serves: { "web/a.txt": "two", "web/args.txt": "blue web" },
      builds: ["web"],
    },
  }),

  "Dockerfiles beside the sources, one context for all": ({ image }) => ({
    files: {
      "skaffold.yaml": config(
        artifacts(
          [".", image("web"), "docker: {dockerfile: docker/web.Dockerfile}"],
          [".", image("api"), "docker: {dockerfile: docker/api.Dockerfile}"],
        ),
      ),
      "docker/web.Dockerfile": `FROM ${base}\nCOPY web shared /www/\n${serve}`,
      "docker/api.Dockerfile": `FROM ${base}\nCOPY api shared /www/\n${serve}`,
      "web/web.txt": "web one",
      "api/api.txt": "api one",
      "shared/shared.txt": "shared",
      "k8s/web.yaml": site("web", image("web")),
      "k8s/api.yaml": site("api", image("api")),
    },
    serves: { "web/shared.txt": "shared", "api/api.txt": "api one" },
    change: {
      files: { "api/api.txt": "api two" },
      serves: { "web/web.txt": "web one", "api/api.txt": "api two" },
      builds: ["api"],
    },
  }),

  "a monorepo: what both share builds both": ({ image }) => ({
    files: {
      "skaffold.yaml": config(
        artifacts(
          [".", image("web"), "docker: {dockerfile: services/web/Dockerfile}"],
          [".", image("api"), "docker: {dockerfile: services/api/Dockerfile}"],
        ),
      ),
      "services/web/Dockerfile": `FROM ${base}\nCOPY services/web/*.txt libs/ /www/\n${serve}`,
      "services/api/Dockerfile": `FROM ${base}\nCOPY services/api/*.txt libs/ /www/\n${serve}`,
      "services/web/web.txt": "web",
      "services/api/api.txt": "api",
      "libs/lib.txt": "lib one",
      "k8s/all.yaml": `${site("web", image("web"))}---\n${site("api", image("api"))}`,
    },
    serves: { "web/lib.txt": "lib one", "api/lib.txt": "lib one" },
    change: {
      files: { "libs/lib.txt": "lib two" },
      serves: { "web/lib.txt": "lib two", "api/lib.txt": "lib two" },
      builds: ["web", "api"],
    },
  }),

  "files that .dockerignore leaves out": ({ image }) => ({
    files: {
      "skaffold.yaml": config(artifacts(["web", image("web")])),
      "web/Dockerfile": page,
      "web/.dockerignore": "**/*.log\nsecret\n!keep.log\n",
      "web/a.txt": "one",
      "web/keep.log": "kept",
      "web/secret/key": "x",
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/a.txt": "one", "web/keep.log": "kept" },
    change: { files: { "web/noise.log": "1", "web/secret/key": "y" }, serves: { "web/a.txt": "one" }, builds: [] },
  }),

  "secrets, here-documents, archives and modes": ({ image }) => ({
    files: {
      "skaffold.yaml": config(artifacts(["web", image("web"), "docker: {secrets: [{id: token, src: token.txt}]}"])),
      "web/Dockerfile": `# syntax=docker/dockerfile:1
FROM ${base}
RUN --mount=type=secret,id=token mkdir /www && wc -c < /run/secrets/token > /www/length.txt
COPY <<EOT /www/here.txt
from here
EOT
COPY --chmod=644 a.txt /www/
RUN stat -c %a /www/a.txt > /www/mode.txt
${serve}`.replace("# syntax=docker/dockerfile:1\n", ""),
      "token.txt": "12345",
      "web/a.txt": "one",
      "k8s/web.yaml": site("web", image("web")),
    },
    serves: { "web/length.txt": "5", "web/here.txt": "from here", "web/mode.txt": "644" },
    change: { files: { "web/a.txt": "two" }, serves: { "web/a.txt": "two", "web/length.txt": "5" }, builds: ["web"] },
  }),

  "one image in two containers of a pod": ({ image }) => ({
    files: {
      "skaffold.yaml": config(artifacts(["web", image("web")])),
      "web/Dockerfile": page,
      "web/a.txt": "one",
      "k8s/web.yaml": site("web", image("web"), {
        pod: `volumes: [{name: made, emptyDir: {}}], initContainers: [{name: make, image: ${image("web")}, command: [cp, /www/a.txt, /made/b.txt], volumeMounts: [{name: made, mountPath: /made}]}]`,
        container: "volumeMounts: [{name: made, mountPath: /www/made}]",
      }),
    },
    serves: { "web/a.txt": "one", "web/made/b.txt": "one" },
    change: { files: { "web/a.txt": "two" }, serves: { "web/a.txt": "two", "web/made/b.txt": "two" }, builds: ["web"] },
  }),
};
