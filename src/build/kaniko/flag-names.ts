/**
 * Fields of the section that are flags of the executor, and the flags' names in its documentation at v1.23.2. Other
 * fields have a meaning of their own (`flags.ts`).
 */
export const textFlags = {
  target: "target",
  imageFSExtractRetry: "image-fs-extract-retry",
  imageNameWithDigestFile: "image-name-with-digest-file",
  logFormat: "log-format",
  ociLayoutPath: "oci-layout-path",
  pushRetry: "push-retry",
  registryMirror: "registry-mirror",
  snapshotMode: "snapshot-mode",
  tarPath: "tar-path",
  verbosity: "verbosity",
} as const;

export const listFlags = {
  ignorePaths: "ignore-path",
  insecureRegistry: "insecure-registry",
  skipTLSVerifyRegistry: "skip-tls-verify-registry",
} as const;

export const switchFlags = {
  cleanup: "cleanup",
  force: "force",
  insecure: "insecure",
  insecurePull: "insecure-pull",
  logTimestamp: "log-timestamp",
  reproducible: "reproducible",
  singleSnapshot: "single-snapshot",
  skipTLS: "skip-tls-verify",
  skipTLSVerifyPull: "skip-tls-verify-pull",
  skipUnusedStages: "skip-unused-stages",
  useNewRun: "use-new-run",
  whitelistVarRun: "ignore-var-run",
} as const;

/** Fields that affect how a build runs and what it logs, but not the image. */
export const noPartOfTheImage: ReadonlySet<string> = new Set([
  "cleanup",
  "imageFSExtractRetry",
  "imageNameWithDigestFile",
  "logFormat",
  "logTimestamp",
  "pushRetry",
  "target",
  "verbosity",
]);
