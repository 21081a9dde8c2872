/** The engine's platform as far as this machine can tell, because images are built for Linux. */
export function hostPlatform(): string {
  return `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
}
