/** Tasks in words: objects are named as everywhere else, and an image's slashes are no object's. */
import { expect, test } from "bun:test";
import { taskWords } from "../../src/ui/task-words.ts";

test.each([
  ["build:acme/web", "build acme/web"],
  ["apply:apps/Deployment/shop/web", "apply deployment/web in namespace shop"],
  ["wait:apps/Deployment/shop/web", "wait for deployment/web in namespace shop"],
  ["apply:Namespace/-/shop", "apply namespace/shop"],
  ["apply:rbac.authorization.k8s.io/ClusterRole/-/system:x", "apply clusterrole/system:x"],
  ["apply:cert-manager.io/Certificate/shop/web", "apply certificate.cert-manager.io/web in namespace shop"],
  ["name:acme/web", "tag acme/web"],
  ["objects", "objects"],
])("%s", (id, words) => expect(taskWords(id)).toBe(words));
