/**
 * Whether an address leads to the host that the engine runs on, where the ports of containers are published. A port
 * alone proves nothing, because the API servers of most clusters use the same one.
 * Decides by the addresses of this machine where the engine is on it, else by those of the engine's own name. Names are
 * resolved; a name that cannot be resolved leads nowhere.
 */
import { lookup } from "node:dns/promises";
import { hostname, networkInterfaces } from "node:os";
import { isLoopback } from "../../std/url-host.ts";
import type { EngineEndpoint } from "./endpoint.ts";

/** The addresses of a host's name; empty where it is unknown. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/**
 * `surely`: no other program can listen there. `likely`: the port is published on this host, and another program might
 * listen on the same port of another address. `unproven`: the address belongs to another machine than the engine's,
 * unless a tunnel or a proxy leads there.
 */
export type Leads = "surely" | "likely" | "unproven" | "no";

/** Whether `host`, without brackets, leads to ports that the engine publishes on `address`. */
export async function leadsTo(
  endpoint: EngineEndpoint,
  address: string,
  host: string,
  resolve: Resolve = resolveName,
): Promise<Leads> {
  const here = isEngineHere(endpoint);
  if (isLoopback(address)) {
    if (!isLoopback(host)) return "no";
    return here ? "surely" : "unproven";
  }
  if (!isWildcard(address)) return address === host ? "surely" : "no";
  return (await leadsToEngine(endpoint, host, resolve)) ? "likely" : "no";
}

/** Whether `host`, without brackets, is the engine's host. */
export async function leadsToEngine(
  endpoint: EngineEndpoint,
  host: string,
  resolve: Resolve = resolveName,
): Promise<boolean> {
  const other = otherHost(endpoint);
  if (other === undefined || isHere(other)) return isHere(host) || (await resolve(host)).some(isHere);
  if (other === host) return true;
  const [theirs, wanted] = await Promise.all([resolve(other), resolve(host)]);
  return wanted.some((address) => theirs.includes(address));
}

/** Whether the engine has an address of this machine. The other end of a forwarded socket may be anywhere. */
export function isEngineHere(endpoint: EngineEndpoint): boolean {
  const other = otherHost(endpoint);
  return other === undefined || (endpoint.kind === "tcp" && isHere(other));
}

/** The host in the engine's address; undefined for a socket of this machine. */
function otherHost(endpoint: EngineEndpoint): string | undefined {
  return endpoint.kind === "tcp" ? endpoint.host : endpoint.remote?.host;
}

function isHere(host: string): boolean {
  if (isLoopback(host) || isWildcard(host) || host === hostname()) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host));
}

function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

async function resolveName(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
