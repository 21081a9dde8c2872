/** A project that deploys by Helm, and the helm programs that are there for tests: one of each major version. */
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { testCluster } from "./cluster.ts";
import type { ProjectRun } from "./project-run.ts";

const helm3 = Bun.which("helm") ?? "";

/** Paths by major version, made by `scripts/kubernetes/programs`. */
export const helms = { 3: helm3, 4: join(dirname(helm3), "helm4/helm") } as const;

/** Runs a helm as a person would, against the test cluster. @throws Error with what it said */
export async function helmByHand(program: string, cwd: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: testCluster.kubeconfig, HELM_KUBECONTEXT: testCluster.context };
  const child = Bun.spawn([program, ...args], { cwd, env, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`helm ${args.join(" ")}: ${err}`);
  return out;
}

/** A chart of the sample's image with a hook, a dependency by path and a value; and one of a ConfigMap alone. */
export async function charts({ sample }: ProjectRun): Promise<void> {
  const chart = (name: string, more = "") => `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${more}`;
  await sample.write(
    "charts/web/Chart.yaml",
    chart("web", 'dependencies: [{name: base, version: 0.1.0, repository: "file://../base"}]\n'),
  );
  await sample.write("charts/base/Chart.yaml", chart("base"));
  await sample.write(
    "charts/base/templates/map.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\ndata: {from: dependency}\n",
  );
  await sample.write(
    "charts/web/templates/web.yaml",
    `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: ${sample.image}
          env: [{name: GREETING, value: {{ .Values.greeting | quote }}}, {name: IMAGE, value: {{ .Values.image | quote }}}]
`,
  );
  await sample.write("charts/web/values.yaml", "greeting: none\nimage: none\n");
  await sample.write("charts/settings/Chart.yaml", chart("settings"));
  await sample.write(
    "charts/settings/templates/map.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-chart}\ndata: {level: {{ .Values.level | quote }}}\n",
  );
  await sample.write(
    "charts/settings/templates/hook.yaml",
    `apiVersion: v1
kind: ConfigMap
metadata: {name: hooked, annotations: {helm.sh/hook: pre-install}}
`,
  );
  await sample.write("values.yaml", "greeting: hello\n");
  await sample.write(
    "skaffold.yaml",
    `apiVersion: skaffold/v4beta14
kind: Config
metadata: {name: sample}
build:
  artifacts: [{image: ${sample.image}, context: web}]
deploy:
  helm:
    releases:
      - name: web
        chartPath: charts/web
        valuesFiles: [values.yaml]
        setValueTemplates: {image: "{{.IMAGE_FULLY_QUALIFIED}}"}
        dependsOn: [settings]
      - name: settings
        chartPath: charts/settings
        setValues: {level: high}
        overrides: {nested: {list: [1, two]}}
`,
  );
}

/** A helm on PATH that notes what it was asked. */
export async function notedHelm(folder: string, program: string) {
  const log = join(folder, "calls");
  await Bun.write(join(folder, "helm"), `#!/bin/sh\necho "$1 $2" >>${log}\nexec ${program} "$@"\n`);
  await chmod(join(folder, "helm"), 0o755);
  const calls = async () => {
    const text = (await Bun.file(log).exists()) ? await Bun.file(log).text() : "";
    await Bun.write(log, "");
    return text.split("\n").filter((line) => line !== "");
  };
  return { calls, PATH: `${folder}:${process.env.PATH}` };
}
