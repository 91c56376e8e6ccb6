import type { IncomingHttpHeaders } from "node:http";

/**
 * What a request shows as a key, which may be two: `Authorization: Bearer KEY`, and what its own header has (`x-api-key` of
 * Anthropic's clients). Clients and proxies may fill one with something that is meant for somebody else.
 */
export function readPresentedKeys(headers: IncomingHttpHeaders, ownHeader: string): string[] {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  return [bearer, headers[ownHeader]].filter((key) => typeof key === "string" && key !== "") as string[];
}
