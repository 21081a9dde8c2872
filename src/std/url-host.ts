/** A host as a URL has it and as a dialling function takes it: only the URL puts brackets around an IPv6 address. */

export function inUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
