/**
 * Which HTTP proxy is used for a server, by the environment's conventions as Go programs read them: HTTPS_PROXY and
 * NO_PROXY in either case, suffixes with or without a leading dot, CIDR ranges, ports, `*`; never for this machine. The
 * runtime itself does not support suffixes, so the result is passed to it in every request.
 */
import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy's URL, or undefined for a direct connection. */
export function proxyFor(url: string, env: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const proxy = protocol === "https:" ? pick(env, "HTTPS_PROXY") : pick(env, "HTTP_PROXY");
  if (!proxy || isLocal(host)) return undefined;
  const real = port || (protocol === "https:" ? "443" : "80");
  const except = (pick(env, "NO_PROXY") ?? "").split(",").map((rule) => rule.trim().toLowerCase());
  if (except.some((rule) => rule !== "" && matches(rule, host, real))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function pick(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined;
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === "*") return true;
  const [network, bits] = rule.split("/");
  if (bits !== undefined && network) return inNetwork(network, Number(bits), host);
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(rule);
  if (withPort && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? rule).replace(/^\[|\]$/g, "");
  if (isIP(name) !== 0) return name === host;
  // "example.com" stands for itself and all names below it, ".example.com" and "*.example.com" only for those below it.
  const suffix = name.startsWith("*.") ? name.slice(1) : name;
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function inNetwork(network: string, bits: number, host: string): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !(bits >= 0 && bits <= (family === 4 ? 32 : 128))) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
