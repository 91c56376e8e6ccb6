import { WeirError } from "@weir/protocol";
import { isLoopback } from "./loopback.ts";

/** The name in a Host header without its port, in lower case; undefined where it is not one. */
export function parseHostHeader(host: string): string | undefined {
  const [, bracketed, name] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (bracketed ?? name)?.toLowerCase();
}

/**
 * Whether a request for this Host may be served by a server that only this machine should reach. A web page can point
 * its own name at 127.0.0.1 (DNS rebinding) and read the answers as its own; the Host header then has that name.
 */
export function isOwnHost(host: string | undefined, allowHosts: ReadonlySet<string>): boolean {
  // Browsers always send one; HTTP/1.0 scripts need not.
  if (host === undefined || allowHosts.has("*")) return true;
  const name = parseHostHeader(host);
  return name !== undefined && (isLoopback(name) || allowHosts.has(name));
}

/** Whether a request comes from a page that this server delivered: its Origin is the Host that it asks. */
export function isSameOrigin(origin: string, host: string | undefined): boolean {
  const [, authority] = /^https?:\/\/(.+)$/i.exec(origin) ?? [];
  return authority !== undefined && authority.toLowerCase() === host?.toLowerCase();
}

/** Throws USAGE. `*` allows every host. */
export function parseAllowedHosts(hosts: readonly string[]): ReadonlySet<string> {
  for (const host of hosts) {
    if (host === "*" || /^[\w.-]+$/.test(host) || /^[0-9a-f:]+$/i.test(host)) continue;
    throw new WeirError(
      "USAGE",
      `--allow-host: expected a host name without port, or *, got ${JSON.stringify(host)}.`,
    );
  }
  return new Set(hosts.map((host) => host.toLowerCase()));
}

/** Throws USAGE. `*` allows every origin; `null` the pages that have none, such as local files. */
export function parseAllowedOrigins(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins) {
    if (origin === "*" || origin === "null" || /^[a-z][a-z0-9+.-]*:\/\/[^/\s?#]*$/i.test(origin)) continue;
    const message = `--allow-origin: expected an origin such as https://app.example.com, or *, got ${JSON.stringify(origin)}. Leave the path out.`;
    throw new WeirError("USAGE", message);
  }
  return new Set(origins.map((origin) => origin.toLowerCase()));
}

export function isAllowedOrigin(origin: string, allowOrigins: ReadonlySet<string>): boolean {
  return allowOrigins.has("*") || allowOrigins.has(origin.toLowerCase());
}
