/** What a user is told to do about a refusal of the API server. */
import { describe, expect, test } from "bun:test";
import { apiError, unreachable } from "../../../src/cluster/connect/api-error.ts";
import { refusal } from "../../rig/fake-api.ts";

const ending =
  'deployments.apps "web" is forbidden: unable to create new content in namespace shop because it is being terminated';

test.each<[number, string, string, string | undefined]>([
  [
    403,
    "Forbidden",
    ending,
    "the namespace shop is being deleted: try again once it is gone, or see what holds it with: kubectl get namespace shop -o yaml",
  ],
  [
    403,
    "Forbidden",
    'deployments.apps is forbidden: User "dev" cannot create resource',
    "the user of this context may not do this: ask for the permission, or choose another context",
  ],
  [404, "NotFound", 'namespaces "shop" not found', "create it with: kubectl create namespace shop"],
  [401, "Unauthorized", "Unauthorized", "the credentials of this context were refused: log in again"],
  [409, "Conflict", "the object has been modified", undefined],
])("%i %s: %s", async (code, reason, message, suggestion) => {
  const { diagnostics } = await apiError(refusal(code, reason, message), "cannot apply deployment/web");
  expect(diagnostics[0]).toEqual({
    severity: "error",
    message: `cannot apply deployment/web: ${message}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  });
});

test.each([
  [400, false],
  [403, false],
  [409, false],
  [422, false],
  [429, true],
  [500, true],
  [503, true],
])("a refusal with %i may pass by itself: %p", async (code, passes) => {
  const { diagnostics } = await apiError(refusal(code, "Any", "no"), "cannot apply deployment/web");
  expect(diagnostics[0].passing === true).toBe(passes);
});

describe("a value that validation quotes in full", () => {
  const dump = `{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"main","image":"${"x".repeat(3000)}"}]}}`;
  const go = `core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:"", Labels:map[string]string{"a":"${"b".repeat(3000)}"}}}`;
  test.each([
    [`Job.batch "web" is invalid: spec.template: Invalid value: ${dump}: field is immutable`, "field is immutable"],
    [`Job.batch "web" is invalid: spec.template: Invalid value: ${go}: field is immutable`, "field is immutable"],
    [
      `Job.batch "web" is invalid: [spec.a: Invalid value: ${dump}: field is immutable, spec.b: Required value]`,
      "field is immutable, spec.b: Required value",
    ],
  ])("is left out", async (message, rest) => {
    const details = { causes: [{ field: "spec.template", message: `Invalid value: ${dump}: field is immutable` }] };
    const body = { kind: "Status", code: 422, reason: "Invalid", message, details };
    const error = await apiError(Response.json(body, { status: 422 }), "cannot apply job/web");
    expect(error.message.length).toBeLessThan(200);
    expect(error.message).toContain(rest);
    expect(error.message).not.toContain("xxx");
    expect(error.causes).toEqual([{ field: "spec.template", message: "Invalid value: field is immutable" }]);
  });

  test("is kept where it is short", async () => {
    const message = 'Service "web" is invalid: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535';
    expect((await apiError(refusal(422, "Invalid", message), "cannot apply service/web")).message).toContain(message);
  });
});

test("a certificate for other names is said to be one, without the runtime's advice to programmers", () => {
  const words = 'ERR_TLS_CERT_ALTNAME_INVALID fetching "https://x". For more information, pass `verbose: true`';
  const thrown = Object.assign(new Error(words), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  expect(unreachable(thrown, "c", "https://x")).toMatchObject({
    silence: "certificate",
    message: 'the API server of the context "c" at https://x is not trusted: its certificate is for other names',
  });
});
