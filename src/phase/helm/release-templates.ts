/** The texts of a release that may name images. */
import type { Release } from "../../config/release.ts";

/** Every template of the release that may use the images, as written. */
export function templatesOf({ valuesFiles, setValueTemplates, packaged }: Release): string[] {
  const { version, appVersion } = packaged ?? {};
  const all = [
    ...valuesFiles,
    ...setValueTemplates.flat(),
    ...(version ? [version] : []),
    ...(appVersion ? [appVersion] : []),
  ];
  return all.map(({ text }) => text);
}
