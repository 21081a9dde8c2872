import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { eventually } from "../../rig/eventually.ts";
import { busyboxesOnNode, busyboxOnNode, type NodeImage } from "../../rig/image-on-node.ts";
import { kubectl } from "../../rig/kubectl.ts";
import { type ProxiedCluster, proxiedCluster } from "../../rig/proxied-cluster.ts";
import { DeployedProject } from "../deployed-project.ts";

let at: ProxiedCluster;
let image: NodeImage;
beforeAll(async () => {
  [at, image] = await Promise.all([proxiedCluster("ready"), busyboxOnNode("ready")]);
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await image[Symbol.asyncDispose]();
});
beforeEach(() => at.proxy.forget());

function deployment(name: string, more = "", command = `["/bin/busybox", "httpd", "-f", "-p", "8080"]`): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: app
          command: ${command}
${more}`;
}
const images = () => ({ app: image.reference });
const ingress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: alone}
spec: {defaultBackend: {service: {name: nobody, port: {number: 80}}}}
`;

test("a start waits until pods are ready; on a running project the next one asks nothing more and says nothing", async () => {
  await using project = await DeployedProject.open(at, { images: images() });
  await project.write("k8s/app.yaml", `${deployment("ready")}${ingress}`);
  const first = await project.mustDeploy();
  const waits = first.events.filter((event) => event.type === "wait");
  expect(waits.at(-1)).toMatchObject({ object: "deployment/ready", state: "ready", pending: 0, total: 1 });
  at.proxy.forget();
  const second = await project.mustDeploy();
  expect(second.events).toEqual([]);
  expect(at.proxy.requests.map(({ path }) => path.split("/").at(-1)).sort()).toEqual([
    "deployments",
    "ingresses",
    "kube-system",
  ]);
});

test("a workload that is not ready any more is waited for again, although nothing is to be applied", async () => {
  await using project = await DeployedProject.open(at, { images: images() });
  const command = `["/bin/busybox", "sh", "-c", "/bin/busybox touch /ok; exec /bin/busybox httpd -f -p 8080"]`;
  const probe = "          readinessProbe: {exec: {command: [/bin/busybox, test, -f, /ok]}, periodSeconds: 1}\n";
  await project.write("k8s/app.yaml", deployment("again", probe, command));
  await project.mustDeploy();
  const inside = (...words: string[]) =>
    kubectl(["-n", at.namespace, "exec", "deployment/again", "--", "/bin/busybox", ...words]);
  await inside("rm", "/ok");
  await eventually("it is not ready", async () => {
    const path = "jsonpath={.status.availableReplicas}";
    return (await kubectl(["-n", at.namespace, "get", "deployment", "again", "-o", path])) === "" || undefined;
  });
  await using session = project.session();
  const second = session.pass();
  await eventually("it is waited for", () => session.events.find((event) => event.type === "wait"));
  await inside("touch", "/ok");
  expect((await second).ran).toEqual([`wait:apps/Deployment/${at.namespace}/again`]);
  expect((await second).outcome).toBe("done");
});

test("a failing wait names the cause and its log; without a status check nobody waits", async () => {
  await using project = await DeployedProject.open(at, { images: images() });
  const crash = `["/bin/busybox", "sh", "-c", "echo no database; exit 3"]`;
  const probe = "          readinessProbe: {exec: {command: [/bin/busybox, 'false']}}\n";
  await project.write("k8s/app.yaml", deployment("crashing", probe, crash));
  const { failed } = await project.deploy();
  const complaint = failed.get(`wait:apps/Deployment/${at.namespace}/crashing`);
  expect(complaint?.message).toContain("crashing");
  expect(complaint?.details?.join("\n")).toContain("no database");
  const silent = await project.deploy({
    modules: [
      {
        module: "app",
        flags: { manager: "devloop", force: true, validate: true },
        hooks: { before: [], after: [] },
        statusCheck: false,
      },
    ],
  });
  expect(silent.outcome).toBe("done");
});

test("a Pod of its own is done when the image that was applied runs; one that opts out is not waited for", async () => {
  await using more = await busyboxesOnNode("pod", [[1], [1]]);
  await using project = await DeployedProject.open(at);
  const pod = (name: string, image = "", annotations = "{}") => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: ${annotations}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: ${image}, command: [/bin/busybox, sleep, "3600"]}]
`;
  const container = () =>
    kubectl(["-n", at.namespace, "get", "pod", "alone", "-o", "jsonpath={.status.containerStatuses[0].containerID}"]);
  const off = `{devloop.dev/status-check: "false"}`;
  await project.write("k8s/never.yaml", pod("never", "none.invalid/none:1", off));
  await project.write("k8s/pod.yaml", pod("alone", more.references[0]));
  const first = await project.mustDeploy();
  expect(first.ran.filter((id) => id.startsWith("wait:"))).toEqual([`wait:Pod/${at.namespace}/alone`]);
  const before = await container();
  await project.write("k8s/pod.yaml", pod("alone", more.references[1]));
  await project.mustDeploy();
  expect(await container()).not.toBe(before);
});

test("a deadline ends a wait, and tolerated failures count only there", async () => {
  const wait = { deadlineMs: 2_000, tolerateFailures: true };
  await using project = await DeployedProject.open(at, { images: images(), more: { wait } });
  const crash = `["/bin/busybox", "sh", "-c", "exit 3"]`;
  const probe = "          readinessProbe: {exec: {command: [/bin/busybox, 'false']}}\n";
  await project.write("k8s/app.yaml", deployment("late", probe, crash));
  const { failed } = await project.deploy();
  expect(failed.get(`wait:apps/Deployment/${at.namespace}/late`)?.message).toContain("was not ready within 2 s");
});

test("a newer pass ends a wait at once, and goes on with the other", async () => {
  await using project = await DeployedProject.open(at, { images: images() });
  const probe = "          readinessProbe: {exec: {command: [/bin/busybox, 'false']}, periodSeconds: 1}\n";
  await project.write("k8s/app.yaml", deployment("superseded", probe));
  await using session = project.session();
  const first = session.pass();
  const waiting = `wait:apps/Deployment/${at.namespace}/superseded`;
  const waits = (event: { type: string; task?: string }) => event.type === "task-started" && event.task === waiting;
  await eventually("the wait has begun", () => session.events.some(waits) || undefined);
  await project.write("k8s/app.yaml", deployment("superseded"));
  const second = await session.pass();
  expect((await first).outcome).toBe("superseded");
  expect(second.outcome).toBe("done");
  const ends = session.events.flatMap((e) => (e.type === "task-ended" && e.task === waiting ? [e.outcome] : []));
  expect(ends).toEqual(["cancelled", "done"]);
});

test("a Job of ours is run anew when it changes, one of somebody else's is left alone", async () => {
  await using project = await DeployedProject.open(at, { images: images() });
  const job = (name: string, say: string, image = "app") => `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: ${image}, command: [/bin/busybox, echo, ${say}]}]
`;
  await project.write("k8s/job.yaml", job("ours", "one"));
  await project.mustDeploy();
  await project.write("k8s/job.yaml", job("ours", "two"));
  const second = await project.mustDeploy();
  expect(second.events).toContainEqual({
    type: "notice",
    level: "info",
    text: `job/ours in namespace ${at.namespace} was made anew: a field of it that cannot change has changed`,
  });
  expect(await kubectl(["-n", at.namespace, "logs", "job/ours"])).toBe("two\n");

  await kubectl(["-n", at.namespace, "create", "-f", "-"], job("theirs", "one", image.reference));
  await project.write("k8s/job.yaml", job("theirs", "two"));
  const { failed } = await project.deploy();
  const refused = failed.get(`apply:batch/Job/${at.namespace}/theirs`);
  expect(refused?.suggestion).toContain("delete job/theirs");
  expect(refused?.message).toBe(
    `cannot apply job/theirs in namespace ${at.namespace}: spec.template: Invalid value: field is immutable`,
  );
  expect((await project.cleanUp()).result).toMatchObject({ deleted: 1, failures: [] });
  expect(await kubectl(["-n", at.namespace, "get", "job", "theirs", "-o", "name"])).toBe("job.batch/theirs\n");
});
