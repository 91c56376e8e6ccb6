import { parseHttpTarget, splitRequestUrl } from "@weir/load";

/** The URL of the command line, taken apart: which part of it is the server's own depends on the workload. */
export interface RequestAddress {
  /** `http://HOST:PORT`. */
  readonly server: string;
  /** Path and query; undefined where the URL names none. */
  readonly path: string | undefined;
}

/** Throws USAGE where the URL is none. */
export function parseRequestAddress(url: string): RequestAddress {
  const { url: server, path } = splitRequestUrl(url);
  const named = /[/?]/.test(url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, ""));
  return { server, path: named ? path : undefined };
}

/** The address as one that paths are put behind. Throws USAGE where it has a query. */
export function toBaseUrl({ server, path = "" }: RequestAddress): string {
  return parseHttpTarget(server + path).url;
}
