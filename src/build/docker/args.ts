/** Build args that BuildKit knows by itself: the platform's, and those that steer the build without being declared. */

/** The global args of every Dockerfile for one platform. */
export function platformArgs(platform: string, buildPlatform: string, target: string): Record<string, string> {
  return { ...described("TARGET", platform), ...described("BUILD", buildPlatform), TARGETSTAGE: target || "default" };
}

/** Args with an effect although no stage declares them. The proxies' are not among them: they never enter a cache key. */
export function steersBuild(name: string): boolean {
  return name.startsWith("BUILDKIT_") || name === "SOURCE_DATE_EPOCH";
}

function described(prefix: string, platform: string): Record<string, string> {
  const [os = "", arch = "", variant = ""] = platform.split("/");
  return {
    [`${prefix}PLATFORM`]: platform,
    [`${prefix}OS`]: os,
    [`${prefix}ARCH`]: arch,
    [`${prefix}VARIANT`]: variant,
  };
}
