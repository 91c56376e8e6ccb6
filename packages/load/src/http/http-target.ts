import { toUnixUrl, WeirError } from "@weir/protocol";

/** Where requests go, taken apart once. */
export interface HttpTarget {
  readonly secure: boolean;
  /** A host name or address as `net.connect` takes it: no brackets around IPv6. */
  readonly host: string;
  readonly port: number;
  /** File of a Unix socket (a named pipe on Windows); undefined for TCP. */
  readonly socketPath: string | undefined;
  /** Value of the Host header. */
  readonly authority: string;
  /** What comes before every path, without a slash at its end; often empty. */
  readonly basePath: string;
  /** For messages: `http://HOST:PORT/BASE`. */
  readonly url: string;
}

/**
 * Takes the URL of one request apart: the server's own URL, and the path with its query. Throws USAGE as
 * {@link parseHttpTarget} does.
 */
export function splitRequestUrl(url: string): { readonly url: string; readonly path: string } {
  const [, server = url, rest = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*|[^/?#]*)([^#]*)/i.exec(url) ?? [];
  return { url: parseHttpTarget(server).url, path: rest.startsWith("/") ? rest : `/${rest}` };
}

const unixScheme = "http+unix:";

/**
 * Reads a target's URL. Throws USAGE for anything but http:, https: and http+unix:, and where it carries a password or
 * a query.
 */
export function parseHttpTarget(url: string): HttpTarget {
  const example = "for example http://127.0.0.1:8787";
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  if (!URL.canParse(absolute))
    throw new WeirError("USAGE", `the target must be a URL, ${example}, got ${JSON.stringify(url)}`);
  const parsed = new URL(absolute);
  const secure = parsed.protocol === "https:";
  const unix = parsed.protocol === unixScheme;
  if (!secure && !unix && parsed.protocol !== "http:")
    throw new WeirError(
      "USAGE",
      `the target must be an http:, https: or http+unix: URL, ${example}, got ${JSON.stringify(url)}`,
    );
  if (parsed.username !== "" || parsed.password !== "")
    throw new WeirError(
      "USAGE",
      "the target's URL must not carry a password: it would end up in reports. Use --header or --key-env.",
    );
  if (parsed.search !== "" || parsed.hash !== "")
    throw new WeirError(
      "USAGE",
      `the target must be a URL without query and fragment, ${example}, got ${JSON.stringify(url)}`,
    );
  const basePath = parsed.pathname.replace(/\/+$/, "");
  if (unix) {
    const socketPath = decodeURIComponent(parsed.hostname);
    if (socketPath === "")
      throw new WeirError(
        "USAGE",
        `the target must name its socket, for example ${toUnixUrl("/run/model.sock")}, got ${JSON.stringify(url)}`,
      );
    const address = { secure: false, host: "localhost", port: 80, authority: "localhost" };
    return { ...address, socketPath, basePath, url: toUnixUrl(socketPath, basePath) };
  }
  return {
    secure,
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? (secure ? 443 : 80) : Number(parsed.port),
    socketPath: undefined,
    authority: parsed.host,
    basePath,
    url: `${parsed.protocol}//${parsed.host}${basePath}`,
  };
}
