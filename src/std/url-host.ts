/** Hosts as URLs and dialling functions write them: an IPv6 address has brackets in the former alone. */

export function inUrl(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

export function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
