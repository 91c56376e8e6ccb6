import type { IncomingHttpHeaders } from "node:http";

/** The key that a request shows: `Authorization: Bearer KEY`, or `x-api-key: KEY` (Anthropic's clients). */
export function readPresentedKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  const other = headers["x-api-key"];
  return bearer ?? (typeof other === "string" && other !== "" ? other : undefined);
}
