/** Where refused fields stand: the server's words as they were seen from real servers, over a manifest in a list. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { ApiError } from "../../../src/cluster/connect/api-error.ts";
import type { KubeStatus } from "../../../src/cluster/objects/kube-status.ts";
import { Source } from "../../../src/config/yaml/source.ts";
import { complaintsByField, refusedFields } from "../../../src/deploy/apply/refused-fields.ts";
import { readManifests } from "../../../src/deploy/manifests/read-manifest.ts";
import { tempFolder } from "../../rig/temp-folder.ts";

const text = `apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata: {name: other}
    spec: {ports: [{port: 80}]}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicsa: 1
      template:
        spec:
          containers:
            - name: side
            - name: web
              imagee: web
              ports:
                - contanerPort: 8080
`;

function refusal(status: KubeStatus): ApiError {
  return new ApiError(status, status.code ?? 500, "cannot apply deployment/web in namespace default");
}

async function told(status: KubeStatus, index = 1): Promise<string[]> {
  await using folder = await tempFolder();
  await Bun.write(join(folder.path, "k8s/app.yaml"), text);
  const at = readManifests(new Source("", "k8s/app.yaml", text), () => undefined)[index]?.at;
  if (!at) throw new Error("no such object");
  const complaints = await complaintsByField(refusal(status), at, folder.path);
  return complaints.map(({ at, message }) => `${at?.file}:${at?.line}:${at?.column}+${at?.length} ${message}`);
}

const patch = "failed to create typed patch object (default/web; apps/v1, Kind=Deployment):";
const spot = "cannot apply deployment/web in namespace default";

test("an unknown field is pointed at by its key", async () => {
  expect(await told({ code: 500, message: `${patch} .spec.replicsa: field not declared in schema` })).toEqual([
    `k8s/app.yaml:12:7+8 ${spot}: spec.replicsa: field not declared in schema`,
  ]);
});

test("several are told one by one, through list items with defaulted keys", async () => {
  const web = '.spec.template.spec.containers[name="web"]';
  const message = `${patch} errors:\n  ${web}.imagee: field not declared in schema\n  ${web}.ports[containerPort=0,protocol="TCP"].contanerPort: field not declared in schema`;
  expect(await told({ code: 500, message })).toEqual([
    expect.stringMatching(/^k8s\/app\.yaml:18:15\+6 .*containers\[name="web"\]\.imagee: field/),
    expect.stringMatching(/^k8s\/app\.yaml:20:19\+12 .*\.contanerPort: field/),
  ]);
});

test("a refused value is pointed at by the value, each cause for itself", async () => {
  const causes = [
    { reason: "FieldValueInvalid", field: "spec.ports[0].port", message: "Invalid value: 80: no" },
    { reason: "FieldValueRequired", field: "spec.selector", message: "Required value" },
  ];
  const status = { code: 422, reason: "Invalid", message: "Service is invalid", details: { causes } };
  expect(await told(status, 0)).toEqual([
    `k8s/app.yaml:7:27+2 ${spot}: spec.ports[0].port: Invalid value: 80: no`,
    // The field is missing: what should hold it is the nearest.
    expect.stringMatching(/^k8s\/app\.yaml:7:5\+4 /),
  ]);
});

test("words that name no field, and a field that is nowhere, leave the object's own place", async () => {
  const forbidden = await told({ code: 403, reason: "Forbidden", message: "no" });
  expect(forbidden).toEqual([expect.stringMatching(/^undefined/)]);
  const nowhere = await told({ code: 500, message: `${patch} .status.x: field not declared in schema` });
  expect(nowhere).toEqual([expect.stringMatching(/^k8s\/app\.yaml:8:5\+/)]);
});

test("strict decoding names fields without a dot in front", () => {
  const message = 'strict decoding error: unknown field "spec.foo", unknown field "spec.bar"';
  expect(refusedFields(refusal({ code: 400, reason: "BadRequest", message }))).toEqual([
    { path: "spec.foo", message: "unknown field" },
    { path: "spec.bar", message: "unknown field" },
  ]);
});
