/**
 * `envTemplate`: the tag is a template over the environment. The caller expands it, because templates belong to the
 * configuration, and a missing variable is the configuration's error. A template that gives `name:tag` is refused with
 * the right form.
 */
import { Failure } from "../../diag/failure.ts";
import { checkTag, type Tagger } from "./tagger.ts";

/** @param expand expands the template with `IMAGE_NAME` set; throws where a variable is missing */
export function envTemplateTagger(expand: (variables: Readonly<Record<string, string>>) => string): Tagger {
  return {
    name: "envTemplate",
    fromKey: false,
    async tag({ image }) {
      const tag = expand({ IMAGE_NAME: image });
      if (tag.startsWith(`${image}:`))
        throw new Failure({
          severity: "error",
          message: `the envTemplate gives a whole reference, ${JSON.stringify(tag)}`,
          suggestion: "let the template give the tag alone, without the image's name",
        });
      return { tag: checkTag(tag, "envTemplate") };
    },
  };
}
