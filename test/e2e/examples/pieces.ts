/** What the examples are put together from: Dockerfiles over one small base image, and manifests of one line or a few. */

export type Files = Readonly<Record<string, string>>;

/** With a shell, a web server and the usual programs; the scripts that raise the cluster put it into the engine. */
export const base = "devloop.local/busybox:1";

export const serve = 'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n';

/** A web server for the files of its context. */
export const page = `FROM ${base}\nCOPY . /www/\n${serve}`;

/** A skaffold.yaml of the newest version; `parts` are its sections. */
export const config = (parts: string) => `apiVersion: skaffold/v4beta14\nkind: Config\n${parts}`;

/** `[web, web-image]` in flow style: artifacts whose contexts are folders of their names. */
export function artifacts(...all: readonly (readonly [context: string, image: string, more?: string])[]): string {
  const lines = all.map(
    ([context, image, more]) => `    - {image: ${image}, context: ${context}${more ? `, ${more}` : ""}}\n`,
  );
  return `build:\n  tagPolicy: {sha256: {}}\n  artifacts:\n${lines.join("")}`;
}

const quick = "terminationGracePeriodSeconds: 0";

/** The template of pods that serve pages, ready when they answer. */
function template(app: string, image: string, more = "", container = ""): string {
  const probe = "readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}";
  return `{metadata: {labels: {app: ${app}}}, spec: {${quick}${more ? `, ${more}` : ""}, containers: [{name: ${app}, image: ${image}, ${probe}${container ? `, ${container}` : ""}}]}}`;
}

/** A controller of such pods: Deployment, StatefulSet, DaemonSet. */
export function workload(
  kind: string,
  app: string,
  image: string,
  { spec = "", pod = "", container = "", namespace = "" } = {},
): string {
  const place = namespace ? `, namespace: ${namespace}` : "";
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${app}${place}}
spec: {selector: {matchLabels: {app: ${app}}}${spec ? `, ${spec}` : ""}, template: ${template(app, image, pod, container)}}
`;
}

const deployment = (app: string, image: string, more: Parameters<typeof workload>[3] = {}) =>
  workload("Deployment", app, image, more);

/** A Service on port 80 of the pods of an app. */
export function service(app: string, { namespace = "", spec = "" } = {}): string {
  const place = namespace ? `, namespace: ${namespace}` : "";
  return `apiVersion: v1
kind: Service
metadata: {name: ${app}${place}}
spec: {selector: {app: ${app}}, ports: [{port: 80, targetPort: 8080}]${spec ? `, ${spec}` : ""}}
`;
}

/** A deployment of pages with its Service. */
export const site = (app: string, image: string, more: Parameters<typeof workload>[3] = {}) =>
  `${deployment(app, image, more)}---\n${service(app, { namespace: more.namespace ?? "" })}`;

export const map = (name: string, data: string, namespace = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${namespace ? `, namespace: ${namespace}` : ""}}\ndata: {${data}}\n`;

/** A command that ends, as the pods of a Job. */
export const ends = (image: string, command: string) =>
  `{spec: {restartPolicy: Never, ${quick}, containers: [{name: run, image: ${image}, command: [sh, -c, ${JSON.stringify(command)}]}]}}`;
