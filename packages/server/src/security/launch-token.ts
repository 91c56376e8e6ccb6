import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";

/** Whether a request shows the token that the server was launched with, as a bearer token or in `x-launch-token`. */
export function showsLaunchToken(
  { headers }: Pick<FastifyRequest, "headers">,
  token: string | undefined,
): boolean {
  if (token === undefined) return false;
  const shown = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? headers["x-launch-token"];
  // Hashes have one length, which is what a constant-time comparison needs.
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return typeof shown === "string" && timingSafeEqual(digest(shown), digest(token));
}
