import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/cluster/cluster.ts";
import { type FlagsSection, readApplyFlags } from "../../src/deploy/apply/apply-flags.ts";
import { readDeleteFlags } from "../../src/deploy/apply/delete-flags.ts";
import { labelMatcher } from "../../src/deploy/apply/label-selector.ts";
import { marked, ownerLabel, ownerOf, ownershipOf, refuseForeign } from "../../src/deploy/apply/owner.ts";
import type { Entry } from "../../src/deploy/ledger/ledger-entry.ts";
import { withLabels } from "../../src/deploy/manifests/labels.ts";
import { knownScopes, placed } from "../../src/deploy/manifests/placement.ts";
import type { Diagnostic } from "../../src/diag/diagnostic.ts";
import type { Failure } from "../../src/diag/failure.ts";

const at = { file: "k8s/app.yaml", line: 1, column: 1, length: 1, text: "" };
const object = (kind: string, metadata: object = {}, apiVersion = "v1", more: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "x", ...metadata },
  ...more,
});

/** The object as the server has it after `manager` set its labels. */
function setBy(manager: string, operation: "Apply" | "Update", object: KubeObject): KubeObject {
  const labels = Object.fromEntries(Object.keys(object.metadata.labels ?? {}).map((label) => [`f:${label}`, {}]));
  const fieldsV1 = { "f:metadata": { "f:labels": labels } };
  const entry = { manager, operation, apiVersion: object.apiVersion, fieldsType: "FieldsV1", fieldsV1 };
  return { ...object, metadata: { ...object.metadata, managedFields: [entry] } };
}

describe("labels", () => {
  const labels = { team: "blue" };
  test("reach pod templates of listed kinds, give way to the object's own, and leave fixed ones alone", () => {
    const template = { metadata: { labels: { app: "x", team: "own" } }, spec: {} };
    const claims = [{ metadata: { name: "data" }, spec: {} }];
    const set = withLabels(
      object("StatefulSet", {}, "apps/v1", { spec: { template, volumeClaimTemplates: claims } }),
      labels,
    );
    expect(set.metadata.labels).toEqual(labels);
    expect(set.spec.template.metadata.labels).toEqual({ app: "x", team: "own" });
    expect(set.spec.volumeClaimTemplates).toEqual(claims);
    const job = withLabels(object("Job", {}, "batch/v1", { spec: { template: { metadata: {} } } }), labels);
    expect(job.metadata.labels).toEqual(labels);
    expect(job.spec.template.metadata).toEqual({});
    const deployment = object("Deployment", {}, "apps/v1", { spec: { template: { metadata: {} } } });
    expect(withLabels(deployment, labels).spec.template.metadata.labels).toEqual(labels);
  });
  test("do not reach kinds that are not listed", () => {
    const map = object("ConfigMap");
    expect(withLabels(map, labels)).toBe(map);
  });
});

describe("placement", () => {
  const place = (one: KubeObject, forced: string | undefined) =>
    placed([{ object: one, at }], { forced, target: forced ?? "target" }, knownScopes([one]))[0]?.object.metadata
      .namespace;
  test.each([
    [object("ConfigMap"), undefined, "target"],
    [object("ConfigMap", { namespace: "own" }), undefined, "own"],
    [object("ConfigMap"), "given", "given"],
    [object("ConfigMap", { namespace: "given" }), "given", "given"],
    [object("Namespace"), "given", undefined],
    [object("Namespace", { namespace: "wrong" }), undefined, undefined],
    [object("Unknown", {}, "example.com/v1"), undefined, "target"],
  ])("%j with -n %p goes to %p", (one, forced, expected) => {
    expect(place(one, forced)).toBe(expected as string);
  });
  test("another namespace than -n's stops, for every such object at once", () => {
    const two = ["a", "b"].map((namespace) => ({ object: object("ConfigMap", { namespace }), at }));
    const attempt = () => placed(two, { forced: "given", target: "given" }, knownScopes([]));
    expect(attempt).toThrow("configmap/x is for the namespace a, but --namespace says given");
    try {
      attempt();
    } catch (thrown) {
      expect((thrown as Failure).diagnostics).toHaveLength(2);
    }
  });
  test("definitions among the objects tell the scope of their kind", () => {
    const spec = { group: "example.com", names: { kind: "Thing" }, scope: "Cluster" };
    const scopes = knownScopes([object("CustomResourceDefinition", {}, "apiextensions.k8s.io/v1", { spec })]);
    expect(scopes({ apiVersion: "example.com/v1", kind: "Thing" })).toBe(false);
    expect(scopes({ apiVersion: "example.com/v1", kind: "Other" })).toBeUndefined();
  });
});

describe("owner mark", () => {
  const owner = ownerOf("project", "user");
  const template = { spec: { template: { metadata: { labels: { app: "x" } } } } };
  test("is a valid label value, and differs by project and user", () => {
    expect(owner).toMatch(/^[0-9a-f]{16}$/);
    expect(ownerOf("project", "other")).not.toBe(owner);
    expect(ownerOf("other", "user")).not.toBe(owner);
  });
  test("says whether the object was created or found, stays what it is, and never enters a pod template", () => {
    const desired = object("Deployment", {}, "apps/v1", template);
    const created = marked(desired, undefined, owner);
    expect(created.metadata.labels).toEqual({ [ownerLabel]: owner });
    expect(created.spec).toEqual(desired.spec);
    expect(marked(desired, setBy("devloop", "Apply", created), owner)).toEqual(created);
    const found = marked(desired, desired, owner);
    expect(ownershipOf(found, owner)).toBe("ours-found");
    expect(marked(desired, found, owner)).toEqual(found);
    expect(ownershipOf(desired, owner)).toBe("none");
  });
  test("what the ledger knows of this very object decides before the mark does", () => {
    const created = setBy("devloop", "Apply", {
      ...object("ConfigMap", { uid: "1", labels: { [ownerLabel]: owner } }),
    });
    const bare = object("ConfigMap", { uid: "1" });
    const entry = (state: "created" | "changed", uid: string): Entry => ({
      ref: { apiVersion: "v1", kind: "ConfigMap", name: "x" },
      order: 1,
      uid,
      ...(state === "created" ? { state } : { state, manager: "devloop", prior: [] }),
    });
    expect(ownershipOf(created, owner)).toBe("ours");
    expect(ownershipOf(created, owner, entry("changed", "1"))).toBe("ours-found");
    expect(ownershipOf(created, owner, entry("changed", "2"))).toBe("ours");
    // Somebody took the label off.
    expect(ownershipOf(bare, owner, entry("created", "1"))).toBe("ours");
    expect(ownershipOf(bare, owner, entry("created", "2"))).toBe("none");
    const adopted = setBy(
      "devloop",
      "Apply",
      object("ConfigMap", { uid: "1", labels: { [ownerLabel]: "other.found" } }),
    );
    expect(ownershipOf(adopted, owner, entry("created", "1"))).toBe("foreign");
  });
  test.each([
    ["devloop", "Apply", "ours"],
    ["devloop", "Update", "ours"],
    ["shop-deployer", "Apply", "ours"],
    ["kubectl-client-side-apply", "Update", "ours-found"],
    ["kubectl", "Apply", "ours-found"],
    ["kubectl-create", "Update", "ours-found"],
    ["devloop-restore", "Update", "ours-found"],
  ] as const)("set by %s with %s it makes the object %s", (manager, operation, expected) => {
    const marked = object("ConfigMap", { labels: { [ownerLabel]: owner } });
    expect(ownershipOf(setBy(manager, operation, marked), owner)).toBe(expected);
    expect(ownershipOf(marked, owner)).toBe("ours-found");
  });
  test("of an owner whose ledger was taken over counts as the owner's, and the object gets the owner's own", () => {
    const former = [ownerOf("before", "user")];
    const [mark = ""] = former;
    const created = setBy("devloop", "Apply", object("ConfigMap", { labels: { [ownerLabel]: mark } }));
    const found = setBy("devloop", "Apply", object("ConfigMap", { labels: { [ownerLabel]: `${mark}.found` } }));
    expect([created, found].map((live) => ownershipOf(live, owner))).toEqual(["foreign", "foreign"]);
    expect([created, found].map((live) => ownershipOf(live, owner, undefined, former))).toEqual(["ours", "ours-found"]);
    expect(() => refuseForeign(created, owner, at, former)).not.toThrow();
    const labels = [created, found].map((live) => marked(live, live, owner, undefined, former).metadata.labels);
    expect(labels).toEqual([{ [ownerLabel]: owner }, { [ownerLabel]: `${owner}.found` }]);
  });
  test("of somebody else stops", () => {
    const theirs = marked(object("ConfigMap"), undefined, ownerOf("project", "other"));
    expect(() => refuseForeign(theirs, owner, at)).toThrow("belongs to another devloop project or user");
    expect(() => refuseForeign(marked(object("ConfigMap"), undefined, owner), owner, at)).not.toThrow();
  });
});

describe("flags of apply", () => {
  const section = (apply: readonly string[], more: Partial<FlagsSection> = {}): FlagsSection => ({
    global: [],
    apply,
    delete: [],
    disableValidation: false,
    applyAt: apply.map((text, i) => ({ ...at, line: i + 1, text })),
    ...more,
  });
  const read = (given: FlagsSection) => {
    const complaints: Diagnostic[] = [];
    return { flags: readApplyFlags(given, (d) => complaints.push(d)), complaints };
  };
  test.each([
    [[], { manager: "devloop", force: true, validate: true }],
    [["--server-side"], { manager: "devloop", force: false, validate: true }],
    [["--server-side=false"], { manager: "devloop", force: true, validate: true }],
    [["--server-side", "--field-manager=skaffold"], { manager: "skaffold", force: false, validate: true }],
    [["--field-manager", "me", "--server-side"], { manager: "me", force: false, validate: true }],
    [["--server-side", "--force-conflicts"], { manager: "devloop", force: true, validate: true }],
    [["--validate=false"], { manager: "devloop", force: true, validate: false }],
  ] as const)("%j", (apply, expected) => {
    expect(read(section(apply))).toEqual({ flags: expected, complaints: [] });
  });
  test("validation can be turned off by the section", () => {
    expect(read(section([], { disableValidation: true })).flags.validate).toBe(false);
  });
  test("flags with a meaning of devloop's own are its own, with the value in the next item or behind a letter", () => {
    const apply = "--force --grace-period 0 --timeout=90s --prune -lteam=a,!old --prune-allowlist=core/v1/ConfigMap";
    const { flags, complaints } = read(
      section([...apply.split(" "), "--dry-run=server"], {
        global: ["--request-timeout", "5s", "--context=x", "-n", "y"],
      }),
    );
    expect(complaints).toEqual([]);
    expect(flags).toEqual({
      manager: "devloop",
      force: true,
      validate: true,
      replace: true,
      graceSeconds: 0,
      goneMs: 90_000,
      requestMs: 5_000,
      dryRun: true,
      prune: { selector: "team=a,!old", kinds: ["core/v1/ConfigMap"] },
    });
  });
  test("a flag that only kubectl understands makes kubectl write, with all flags but those that choose other objects", () => {
    const { flags, complaints } = read(
      section(["--server-side", "--prune", "--all", "--dry-run=none"], {
        global: ["--as=someone"],
        disableValidation: true,
      }),
    );
    expect(complaints).toEqual([]);
    expect(flags).toMatchObject({
      manager: "devloop",
      kubectl: {
        because: "--as",
        flags: ["--as=someone", "--server-side", "--field-manager=devloop", "--validate=false"],
      },
      prune: { selector: "", kinds: [] },
    });
    expect(read(section(["--overwrite=false"])).flags).toMatchObject({
      manager: "devloop",
      kubectl: { because: "--overwrite", flags: ["--overwrite=false", "--field-manager=devloop"] },
    });
  });
  test("what kubectl has no flag for, and a value that is none, is an error at its place", () => {
    const { complaints } = read(
      section(["--server-side", "--field-manger=x", "--prune", "--timeout=soon", "--grace-period=x"]),
    );
    expect(complaints.map(({ message, at: place }) => `${place?.line} ${message}`).sort()).toEqual([
      "2 kubectl apply has no flag --field-manger",
      "3 --prune needs a selector of labels, or --all",
      '4 --timeout: "soon" is no duration such as 30s',
      "5 x is no number of seconds",
    ]);
    expect(complaints[0]?.suggestion).toBe("did you mean --field-manager?");
    expect(read(section(["--field-manager"])).complaints).toMatchObject([{ message: "--field-manager needs a value" }]);
  });
  test("no flag of kubectl apply is refused, and none of kubectl delete", () => {
    const global = ["--as=a", "--as-group", "b", "--token=t", "-v=4", "--user=u", "-s", "host", "--tls-server-name=n"];
    const all = [
      "-R",
      "-o",
      "yaml",
      "-k",
      "dir",
      "-f",
      "x.yaml",
      "--subresource=status",
      "--template=t",
      "--wait",
      "--openapi-patch=false",
    ];
    expect(read(section(all, { global })).complaints).toEqual([]);
    const complaints: Diagnostic[] = [];
    const words = [
      "--now",
      "-A",
      "-l",
      "a=b",
      "--raw=/x",
      "-i",
      "--output=name",
      "--cascade",
      "--timeout=10s",
      "--wait=false",
    ];
    const flags = readDeleteFlags(section([], { global, delete: words }), (d) => complaints.push(d));
    expect(complaints).toEqual([]);
    expect(flags).toMatchObject({
      graceSeconds: 1,
      propagation: "Background",
      goneMs: 10_000,
      waits: false,
      kubectl: { because: "--as" },
    });
    expect(flags.kubectl?.flags).toContain("--output=name");
    for (const word of ["-A", "--raw=/x", "-i", "-l"]) expect(flags.kubectl?.flags).not.toContain(word);
  });
  test("deleting has flags of its own", () => {
    const of = (...words: string[]) => readDeleteFlags(section([], { delete: words }), () => undefined);
    expect(of()).toEqual({ waits: true });
    expect(of("--force", "--cascade=orphan")).toEqual({ graceSeconds: 0, propagation: "Orphan", waits: true });
    expect(of("--grace-period=7", "--wait=false")).toEqual({ graceSeconds: 7, waits: false });
  });
  test("a selector of labels is kubectl's", () => {
    const labels = { a: "1", b: "2" };
    const matched = (selector: string) => labelMatcher(selector)?.(labels);
    expect(["a=1", "a==1,b", "!c", "a!=2", "c!=1", "a in (1, 2),b notin (3)", ""].map(matched)).toEqual(
      Array(7).fill(true),
    );
    expect(["a=2", "c", "!a", "a!=1", "a in (2)", "a notin (1)", "a=1,b=1"].map(matched)).toEqual(Array(7).fill(false));
    expect(["a b", "in (1)", "a=(1)"].map(labelMatcher)).toEqual([undefined, undefined, undefined]);
  });
});
