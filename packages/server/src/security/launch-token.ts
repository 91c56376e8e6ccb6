import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { readPresentedKeys } from "./presented-key.ts";

/** Whether a request shows the token that the server was launched with, as a bearer token or in `x-launch-token`. */
export function showsLaunchToken(
  { headers }: Pick<FastifyRequest, "headers">,
  token: string | undefined,
): boolean {
  if (token === undefined) return false;
  // Hashes have one length, which is what a constant-time comparison needs.
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const expected = digest(token);
  return readPresentedKeys(headers, "x-launch-token").some((shown) =>
    timingSafeEqual(digest(shown), expected),
  );
}
