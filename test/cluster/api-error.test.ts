/** What a user is told to do about a refusal of the API server. */
import { expect, test } from "bun:test";
import { apiError } from "../../src/cluster/api-error.ts";
import { refusal } from "../rig/fake-api.ts";

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
