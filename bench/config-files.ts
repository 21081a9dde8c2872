/** Configurations to measure with: many modules that require each other, and one file of about 2,000 lines. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const modules = 200;
export const artifactsEach = 5;

const header = "apiVersion: skaffold/v4beta14\nkind: Config\n";

/** A chain: every module requires the one before it, and the root the last. Gives the paths of all files. */
export function writeModules(root: string): readonly string[] {
  const files = Array.from({ length: modules }, (_, i) => {
    const folder = join(root, `module-${i}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
    const requires = i > 0 ? `requires:\n  - path: ../module-${i - 1}\n    configs: [module-${i - 1}]\n` : "";
    const artifacts = Array.from({ length: artifactsEach }, (_, n) => artifact(`module-${i}-${n}`)).join("");
    const deploy = `deploy:\n  kubectl:\n    flags:\n      apply: [--server-side]\n`;
    const config = `${header}metadata:\n  name: module-${i}\n${requires}build:\n  artifacts:\n${artifacts}${deploy}`;
    writeFileSync(join(folder, "skaffold.yaml"), config);
    return join(folder, "skaffold.yaml");
  });
  writeFileSync(join(root, "skaffold.yaml"), `${header}requires:\n  - path: module-${modules - 1}\n`);
  return [...files, join(root, "skaffold.yaml")];
}

function artifact(name: string): string {
  return `    - image: example/${name}\n      context: .\n      docker:\n        dockerfile: Dockerfile\n        buildArgs:\n          VERSION: "{{.IMAGE_TAG}}"\n      sync:\n        infer: ["**/*.html"]\n`;
}

/** About 2,000 lines: artifacts, forwards, profiles. */
export function longConfig(): string {
  const artifacts = Array.from({ length: 150 }, (_, i) => artifact(`long-${i}`));
  const forwards = Array.from(
    { length: 100 },
    (_, i) =>
      `  - resourceType: service\n    resourceName: long-${i}\n    port: ${8000 + i}\n    localPort: ${9000 + i}\n`,
  );
  const profiles = Array.from(
    { length: 60 },
    (_, i) =>
      `  - name: profile-${i}\n    activation:\n      - env: STAGE=stage-${i}\n    deploy:\n      kubeContext: context-${i}\n      statusCheck: false\n`,
  );
  return `${header}build:\n  artifacts:\n${artifacts.join("")}portForward:\n${forwards.join("")}profiles:\n${profiles.join("")}`;
}
