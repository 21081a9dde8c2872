/** Resolves the tag policy of a module; `gitCommit` where none is chosen. */
import type { GitCommitPolicy, TagPolicy } from "../project.ts";
import { gitVariants, type tagPolicy } from "../schema/sections/tag-policy.ts";
import type { View } from "../schema/view.ts";
import { templated } from "../templated.ts";

type Taggers = Pick<View<(typeof tagPolicy)["fields"]>, "object" | "has">;

export function resolveTagPolicy(view: View<(typeof tagPolicy)["fields"]> | undefined): TagPolicy {
  if (!view) return gitPolicy(undefined);
  const custom = view.object("customTemplate");
  const template = custom?.scalar("template");
  if (!custom || !template) return simplePolicy(view);
  return {
    kind: "customTemplate",
    template: templated(template, "error"),
    components: custom
      .objects("components")
      .map((component) => ({ name: component.text("name") ?? "", policy: simplePolicy(component as Taggers) })),
    at: custom.place("template"),
  };
}

function simplePolicy(view: Taggers): TagPolicy {
  if (view.has("sha256")) return { kind: "sha256" };
  if (view.has("inputDigest")) return { kind: "inputDigest" };
  const env = view.object("envTemplate");
  const template = env?.scalar("template");
  if (env && template)
    return { kind: "envTemplate", template: templated(template, "error"), at: env.place("template") };
  const time = view.object("dateTime");
  if (time)
    return {
      kind: "dateTime",
      format: time.text("format") ?? "2006-01-02_15-04-05.999_MST",
      timezone: time.text("timezone") ?? "Local",
    };
  return gitPolicy(view.object("gitCommit"));
}

function gitPolicy(view: ReturnType<Taggers["object"]> | GitView | undefined): GitCommitPolicy {
  const git = view as GitView | undefined;
  const written = git?.text("variant")?.toLowerCase();
  return {
    kind: "gitCommit",
    variant: gitVariants.find((variant) => variant.toLowerCase() === written) ?? "Tags",
    prefix: git?.text("prefix") ?? "",
    ignoreChanges: git?.bool("ignoreChanges") ?? false,
  };
}

type GitView = View<(typeof tagPolicy)["fields"]["gitCommit"]["type"]["fields"]>;
