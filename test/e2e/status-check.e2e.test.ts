/** What `run` waits for by its flags and by what objects say of themselves. */
import { expect, test } from "bun:test";
import { kubectl } from "../rig/kubectl.ts";
import { projectRun } from "../rig/project-run.ts";

const config = "apiVersion: skaffold/v4beta11\nkind: Config\nmanifests: {rawYaml: [k8s/*.yaml]}\n";

test("kinds that the selectors name are waited for, others and what opts out are not", async () => {
  await using it = await projectRun("selected");
  const group = `${it.namespace}.example.com`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const definition = (kind: string) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.toLowerCase()}s.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema }],
    },
  });
  const object = (kind: string, name: string, annotations = "{}") =>
    `apiVersion: ${group}/v1\nkind: ${kind}\nmetadata: {name: ${name}, annotations: ${annotations}}\n`;
  for (const kind of ["Thing", "Other"]) await kubectl(["create", "-f", "-"], JSON.stringify(definition(kind)));
  try {
    await it.sample.write("skaffold.yaml", config);
    const off = '{devloop.dev/status-check: "false"}';
    const all = [object("Thing", "waited"), object("Thing", "left-out", off), object("Other", "unnamed")];
    await it.sample.write("k8s/app.yaml", all.join("---\n"));
    await it.sample.write(
      "selectors.json",
      JSON.stringify({ selectors: [{ group: "example.com$", kind: "^Thing$" }] }),
    );
    const refused = await it.run("run", "--status-check-selectors", "none.json");
    expect(refused.code).toBe(1);
    expect(refused.text).toContain("--status-check-selectors: none.json: there is no such file");
    const { code, text } = await it.run("run", "--status-check-selectors", "selectors.json");
    expect(`${code} ${text}`).toStartWith("0 ");
    expect(text).toContain("/waited: waiting for its controller to look at it");
    expect(text).toContain("/waited is ready.");
    expect(text).not.toContain("left-out:");
    expect(text).not.toContain("unnamed:");
    expect((await it.run("delete")).code).toBe(0);
  } finally {
    for (const kind of ["thing", "other"]) await kubectl(["delete", "crd", `${kind}s.${group}`, "--wait=false"]);
  }
});
