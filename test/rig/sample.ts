/**
 * A small project on disk that runs for real: one page server on a static busybox, one Deployment, one Service, one
 * ConfigMap. Every name is of one run, so that tests share a cluster and an engine without meeting each other.
 */
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker } from "./scratch-image.ts";

export interface Sample extends AsyncDisposable {
  readonly directory: string;
  readonly image: string;
  /** State of devloop for this sample alone: records, ledgers, run logs. */
  readonly home: string;
  path(...parts: string[]): string;
  /** In one step: a session never sees half a file. */
  write(path: string, text: string): Promise<void>;
  /** Changes a file; fails where the text to change is not in it. */
  edit(path: string, from: string | RegExp, to: string): Promise<void>;
}

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
COPY busybox /bin/tar
COPY busybox /bin/rm
COPY busybox /bin/head
COPY busybox /bin/mkdir
COPY busybox /bin/cat
COPY version.txt /www/version.txt
COPY site /www/site
WORKDIR /www
CMD ["/bin/busybox", "httpd", "-f", "-v", "-p", "8080", "-h", "/www"]
`;

function config(image: string): string {
  return `apiVersion: skaffold/v4beta11
kind: Config
metadata:
  name: sample
build:
  tagPolicy:
    sha256: {}
  artifacts:
    - image: ${image}
      context: web
      sync:
        manual:
          - src: "site/**"
            dest: .
  local:
    push: false
    useBuildkit: true
    concurrency: 0
manifests:
  rawYaml:
    - k8s/*.yaml
deploy:
  kubectl: {}
`;
}

function manifests(image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: ${image}
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef: {name: settings}
          readinessProbe:
            httpGet: {path: /version.txt, port: 8080}
            periodSeconds: 1
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
    - port: 80
      targetPort: 8080
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  GREETING: hello
`;
}

/** Writes the project; the disposal removes it and every image it made in the engine. */
export async function sample(part: string): Promise<Sample> {
  const run = `${part}-${Math.random().toString(36).slice(2, 8)}`;
  const image = `devloop-test/${run}/web`;
  const directory = await mkdtemp(join(tmpdir(), `devloop-${run}-`));
  const path = (...parts: string[]) => join(directory, ...parts);
  const write = async (file: string, text: string) => {
    await mkdir(join(path(file), ".."), { recursive: true });
    await writeFile(path(".written"), text);
    await rename(path(".written"), path(file));
  };
  // Images of two tests are never the same one: the end of one would take it from the other.
  await write("web/Dockerfile", `${dockerfile}LABEL devloop.test=${run}\n`);
  await write("web/version.txt", "one\n");
  await write("web/site/page.html", "<p>first</p>\n");
  await write("k8s/app.yaml", manifests(image));
  await write("skaffold.yaml", config(image));
  await cp("/bin/busybox", path("web/busybox"));
  await chmod(path("web/busybox"), 0o755);
  return {
    directory,
    image,
    home: path(".state"),
    path,
    write,
    async edit(file, from, to) {
      const text = await readFile(path(file), "utf8");
      const changed = text.replace(from, to);
      if (changed === text) throw new Error(`${file} has no ${from}`);
      await write(file, changed);
    },
    async [Symbol.asyncDispose]() {
      const all = await docker("images", "--format", "{{.Repository}}:{{.Tag}}");
      const ours = all.split("\n").filter((line) => line.startsWith(`devloop-test/${run}/`));
      if (ours.length > 0) await docker("rmi", "-f", ...ours).catch(() => "");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
