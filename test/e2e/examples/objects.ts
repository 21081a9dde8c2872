/** Examples about what is deployed: kinds that roll, end, define and hold, in one namespace or two. */
import type { Example, Names } from "./example.ts";
import { artifacts, config, ends, map, page, service, site, workload } from "./pieces.ts";

type Row = (names: Names) => Example;

const one = (image: string) => ({
  "skaffold.yaml": config(artifacts(["web", image])),
  "web/Dockerfile": page,
  "web/a.txt": "one",
});
const changed = { files: { "web/a.txt": "two" }, serves: { "web/a.txt": "two" }, builds: ["web"] };

export const objectExamples: Readonly<Record<string, Row>> = {
  "a stateful set with a headless service": ({ image }) => ({
    files: {
      ...one(image("web")),
      "k8s/web.yaml": `${workload("StatefulSet", "db", image("web"), { spec: "serviceName: db, replicas: 2" })}---\n${service("db", { spec: "clusterIP: None" })}---\n${service("web").replace("app: web", "app: db")}`,
    },
    serves: { "web/a.txt": "one" },
    objects: { "statefulset/db": { status: { readyReplicas: 2 } } },
    change: changed,
  }),

  "a daemon set": ({ image }) => ({
    files: {
      ...one(image("web")),
      "k8s/web.yaml": `${workload("DaemonSet", "web", image("web"))}---\n${service("web")}`,
    },
    serves: { "web/a.txt": "one" },
    change: changed,
  }),

  "a bare pod": ({ image }) => ({
    files: {
      ...one(image("web")),
      "k8s/web.yaml": `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: web, image: ${image("web")}, readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}]}
---
${service("web")}`,
    },
    serves: { "web/a.txt": "one" },
    change: changed,
  }),

  "a job that is made anew with its image": ({ image }) => ({
    files: {
      ...one(image("web")),
      "k8s/job.yaml": `apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {backoffLimit: 0, template: ${ends(image("web"), "cat /www/a.txt")}}\n`,
    },
    objects: { "job/migrate": { status: { succeeded: 1 } } },
    change: {
      files: { "web/a.txt": "two" },
      builds: ["web"],
      objects: { "job/migrate": { status: { succeeded: 1 } } },
    },
  }),

  "a cron job that waits": ({ image }) => ({
    files: {
      ...one(image("web")),
      "k8s/cron.yaml": `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: ${ends(image("web"), "true")}}}}\n`,
    },
    objects: { "cronjob/nightly": { spec: { schedule: "0 3 * * *" } } },
    change: { files: { "web/a.txt": "two" }, builds: ["web"] },
  }),

  "a definition, an object of its kind, and an image in it": ({ image, run }) => {
    const group = `${run}.example.com`;
    const files = (greeting: string) => ({
      "k8s/crd.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`,
      "k8s/widget.yaml": `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: first}\nspec: {greeting: ${greeting}}\n`,
      "k8s/web.yaml": site("web", image("web")),
    });
    return {
      files: { ...one(image("web")), ...files("hello") },
      serves: { "web/a.txt": "one" },
      objects: { [`widget.${group}/first`]: { spec: { greeting: "hello" } } },
      change: {
        files: files("bye"),
        builds: [],
        objects: { [`widget.${group}/first`]: { spec: { greeting: "bye" } } },
      },
    };
  },

  "two namespaces: the config's own, and one that manifests name": ({ image, namespace, second }) => ({
    makesSecond: true,
    namespaceFlag: false,
    files: {
      ...one(image("web")),
      "skaffold.yaml": config(
        `${artifacts(["web", image("web")])}deploy: {kubectl: {defaultNamespace: ${namespace}}}\n`,
      ),
      "k8s/web.yaml": site("web", image("web")),
      "k8s/other.yaml": site("other", image("web"), { namespace: second }),
    },
    serves: { "web/a.txt": "one", "second:other/a.txt": "one" },
    change: {
      files: { "web/a.txt": "two" },
      serves: { "web/a.txt": "two", "second:other/a.txt": "two" },
      builds: ["web"],
    },
  }),

  "configuration, secrets and an account that pods name": ({ image }) => {
    const settings = (greeting: string) => map("settings", `greeting: ${greeting}`);
    return {
      files: {
        ...one(image("web")),
        "web/Dockerfile": page.replace(
          /^CMD.*$/m,
          'CMD ["sh", "-c", "echo $greeting $token > /www/env.txt; exec httpd -f -p 8080 -h /www"]',
        ),
        "k8s/1-web.yaml": site("web", image("web"), {
          pod: "serviceAccountName: robot",
          container: "envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: token}}]",
        }),
        "k8s/2-settings.yaml": settings("hello"),
        "k8s/3-secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {token: abc}\n",
        "k8s/4-account.yaml": `apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: robot}]
`,
      },
      serves: { "web/env.txt": "hello abc" },
      change: {
        files: { "k8s/2-settings.yaml": settings("bye") },
        objects: { "configmap/settings": { data: { greeting: "bye" } } },
        // Who reads it only at the start has the old one.
        serves: { "web/env.txt": "hello abc" },
        builds: [],
      },
    };
  },

  "objects that nothing waits for": ({ image }) => ({
    files: {
      ...one(image("web")),
      "k8s/web.yaml": site("web", image("web")),
      "k8s/rest.yaml": `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 0, selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{}]}
`,
    },
    serves: { "web/a.txt": "one" },
    objects: { "ingress/web": {}, "poddisruptionbudget/web": {}, "networkpolicy/web": {} },
    change: changed,
  }),

  "manifests as JSON, as a list, and under links": ({ image }) => ({
    files: {
      ...one(image("web")),
      "skaffold.yaml": config(`${artifacts(["web", image("web")])}manifests: {rawYaml: [k8s]}\n`),
      "k8s/map.json": JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "json" },
        data: { a: "1" },
      }),
      "k8s/deep/list.yaml": `apiVersion: v1\nkind: List\nitems:\n${map("first", "a: b")
        .replace(/^(?=.)/gm, "    ")
        .replace("    ", "  - ")}`,
      "elsewhere/web.yaml": site("web", image("web")),
    },
    setUp: async (folder) => {
      const { symlink } = await import("node:fs/promises");
      await symlink("../../elsewhere/web.yaml", `${folder}/k8s/deep/web.yaml`);
    },
    serves: { "web/a.txt": "one" },
    objects: { "configmap/json": { data: { a: "1" } }, "configmap/first": { data: { a: "b" } } },
    change: {
      files: { "elsewhere/web.yaml": site("web", image("web"), { spec: "replicas: 2" }) },
      builds: [],
      objects: { "deployment/web": { spec: { replicas: 2 } } },
    },
  }),

  "a namespace of the project's own": ({ image, second }) => ({
    files: {
      ...one(image("web")),
      "k8s/1-web.yaml": site("web", image("web"), { namespace: second }),
      "k8s/2-namespace.yaml": `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${second}}\n`,
    },
    namespaceFlag: false,
    serves: { "second:web/a.txt": "one" },
    change: { files: { "web/a.txt": "two" }, serves: { "second:web/a.txt": "two" }, builds: ["web"] },
  }),

  "no status is waited for where none is wanted": ({ image }) => ({
    files: {
      ...one(image("web")),
      "skaffold.yaml": config(`${artifacts(["web", image("web")])}deploy: {statusCheck: false, kubectl: {}}\n`),
      "k8s/web.yaml": site("web", image("web"), { container: 'command: [sh, -c, "exit 1"]' }),
    },
    objects: { "deployment/web": { metadata: { name: "web" } } },
    change: { files: { "k8s/web.yaml": site("web", image("web")) }, serves: { "web/a.txt": "one" }, builds: [] },
  }),
};
