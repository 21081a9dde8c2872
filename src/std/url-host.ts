/**
 * A host as a URL has it and as a dialling function takes it: only the URL puts brackets around an IPv6 address. Also
 * decides which hosts are this machine itself, which no request reaches through a proxy.
 */

export function inUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

/** Whether a host, without brackets, is this machine by its name or address alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.endsWith(".localhost") || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * An option of the runtime's `fetch`, which would send requests for this machine to the environment's proxy too, with
 * their passwords. Empty for other hosts: the environment decides.
 */
export function pastProxy(url: string): { readonly proxy?: string } {
  // `false` means no proxy at all; the runtime's types do not allow it.
  return isLoopback(bareHost(new URL(url).hostname)) ? { proxy: false as unknown as string } : {};
}
