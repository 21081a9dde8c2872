/** The version and commit that `build.ts` puts into the binary; run from source, those of the checkout. */
declare const DEVLOOP_VERSION: string | undefined;
declare const DEVLOOP_COMMIT: string | undefined;

export function version(): { readonly version: string; readonly commit: string } {
  return {
    version: typeof DEVLOOP_VERSION === "string" ? DEVLOOP_VERSION : "0.0.0-source",
    commit: typeof DEVLOOP_COMMIT === "string" ? DEVLOOP_COMMIT : "source",
  };
}
