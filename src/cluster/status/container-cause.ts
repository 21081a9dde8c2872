/**
 * What is wrong with one container, from its status alone. Decides which states waiting does not repair (`fatal`): a
 * crash loop, an image that cannot be pulled, a refused start. A first crash is not one, because the container is
 * restarted at once, and many programs succeed on the second try.
 */
import { pullCause } from "../../image/pull-cause.ts";
import type { Cause } from "./judgement.ts";

export interface Finding {
  readonly cause: Cause;
  readonly fatal: boolean;
  /** When it becomes fatal if it lasts, milliseconds since the epoch. */
  readonly fatalAt?: number;
}

interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  /** The runtime's name of the running image: `sha256:...`, or a repository with a digest. */
  readonly imageID?: string;
  /** Id of the container that runs or ran last: `containerd://...`. */
  readonly containerID?: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

const pullReasons = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"];
const startReasons = [
  "CreateContainerError",
  "RunContainerError",
  "StartError",
  "PreCreateHookError",
  "PostStartHookError",
];
/** Messages of registries that will not change within a minute. */
const finalPull =
  /not found|does not exist|denied|unauthorized|forbidden|invalid reference|no such host|no match for platform|manifest unknown/i;

/** The kubelet had not seen a new ConfigMap or Secret yet; it tries again by itself. */
const passingConfig = /failed to sync (configmap|secret) cache/;

/** The fields of a container's spec that its status is judged by. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly readinessProbe?: object;
  readonly startupProbe?: object;
}

/** Whether the kubelet's waiting reason means that it has no image. */
export function isPullFailure(reason: string): boolean {
  return pullReasons.includes(reason);
}

/**
 * The finding where an image was delivered after the kubelet failed to pull it: only the kubelet's next try is missing.
 */
export function earlierPull({ name, image }: ContainerSpec): Finding {
  const message = `waits for the kubelet to try again: the image ${image} was not there before`;
  return {
    cause: cause("image", name, message, "it tries within five minutes, or at once where you delete the pod"),
    fatal: false,
  };
}

/** @param staysDown true where an ended container is not started again (`restartPolicy: Never`) */
export function containerFinding(
  status: ContainerStatus,
  spec: ContainerSpec | undefined,
  staysDown: boolean,
): Finding | undefined {
  const { waiting, terminated } = status.state ?? {};
  const reason = waiting?.reason ?? "";
  if (isPullFailure(reason)) {
    const words = waiting?.message ?? reason;
    const { name, image } = status;
    return {
      cause: imageCause(spec ?? { name, image }, words),
      fatal: reason !== "ErrImagePull" || finalPull.test(words),
    };
  }
  if (reason === "CreateContainerConfigError")
    return {
      cause: cause(
        "config",
        status.name,
        `cannot start: ${clean(waiting?.message)}`,
        "check the names of its ConfigMaps and Secrets, and their keys",
      ),
      fatal: !passingConfig.test(waiting?.message ?? ""),
    };
  if (startReasons.includes(reason)) return { cause: startCause(status.name, waiting?.message ?? reason), fatal: true };
  if (reason === "CrashLoopBackOff")
    return { cause: endCause(status.name, status.lastState?.terminated, "previous"), fatal: true };
  if (terminated && (terminated.exitCode !== 0 || !staysDown))
    return { cause: endCause(status.name, terminated, "current"), fatal: staysDown || status.restartCount > 0 };
  const last = status.lastState?.terminated;
  if (last && !status.ready && status.restartCount > 0)
    return { cause: endCause(status.name, last, "previous"), fatal: false };
  return undefined;
}

function imageCause({ name, image, imagePullPolicy }: ContainerSpec, words: string): Cause {
  // The kubelet wraps the registry's answer in several messages; the last one has the cause.
  const said = clean(words)
    .replace(/^Back-off pulling image "[^"]*"(: )?/, "")
    .replace(/^(ErrImagePull: )?(rpc error: code = \w+ desc = )?/, "");
  const why = said === "" ? "" : `: ${pullCause(said)}`;
  return cause("image", name, `cannot pull the image ${image}${why}`, pullAdvice(image, imagePullPolicy));
}

/** An image that was loaded into the nodes has its id as tag, which no registry has. */
function pullAdvice(image: string, policy: string | undefined): string {
  const always = "imagePullPolicy: Always makes the node ask a registry even for an image that it has";
  if (policy === "Always" && /:[0-9a-f]{64}$/.test(image)) return `${always}: remove it, or say IfNotPresent`;
  const usual = "check the image's name and tag, and that the cluster can reach and read it";
  return policy === "Always" ? `${usual}; ${always}` : usual;
}

function startCause(name: string, words: string): Cause {
  const said = clean(words);
  if (/exec format error/.test(said)) return architectureCause(name);
  if (/executable file not found|no such file or directory/.test(said))
    return cause("start", name, `cannot start: ${said}`, "check the container's command, and that the image holds it");
  return cause("start", name, `cannot start: ${said}`, "check the container's command, mounts and security context");
}

function endCause(name: string, end: Terminated | undefined, log: "current" | "previous"): Cause {
  if (end?.reason === "OOMKilled")
    return {
      ...cause(
        "out-of-memory",
        name,
        "was killed because it ran out of memory",
        "raise the container's memory limit, or make the program need less",
      ),
      log,
    };
  if (end?.reason === "StartError" || end?.reason === "ContainerCannotRun") return startCause(name, end.message ?? "");
  if (end?.exitCode === 0)
    return {
      ...cause(
        "crash",
        name,
        "ended with exit code 0, and is expected to keep running",
        "let the program run in the foreground, or make this a Job",
      ),
      log,
    };
  const how = end === undefined ? "crashes again and again" : `crashed with exit code ${end.exitCode}`;
  return { ...cause("crash", name, how, "fix what its last log lines say, then save"), log };
}

export function architectureCause(name: string): Cause {
  return cause(
    "architecture",
    name,
    "cannot start: exec format error",
    "build the image for the nodes' platform (--platform)",
  );
}

function cause(kind: Cause["kind"], container: string, message: string, suggestion: string): Cause {
  return { kind, container, message: `container ${container} ${message}`, suggestion };
}

function clean(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}
