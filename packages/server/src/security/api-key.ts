import { createHash, randomBytes } from "node:crypto";
import type { Scope } from "./scopes.ts";

/** What one key may use. Unset: no limit of its own. */
export interface KeyLimits {
  /** Requests in each fixed minute; 429 above. Whole number >= 1. */
  readonly requestsPerMinute?: number;
  /** Requests that it may have under way, waiting and running; 429 above. Whole number >= 1. */
  readonly maxJobs?: number;
  /** Cost that it may have under way, in the model's unit. Above 0. */
  readonly maxCost?: number;
  /** Its part of the capacity relative to other keys. Above 0. @default 1 */
  readonly weight?: number;
}

/** A key as it is kept: everything but the key itself. */
export interface ApiKeyRecord {
  /** Public part of the key, twelve hexadecimal digits. Logs and metrics show it. */
  readonly id: string;
  /** For people: whose key it is. */
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; the key stops working then. */
  readonly expiresAt?: string;
  readonly limits?: KeyLimits;
}

export interface CreatedApiKey {
  /** The key itself. Shown once; it cannot be had again from the record. */
  readonly key: string;
  readonly record: ApiKeyRecord;
}

/** How a key looks: `weir_`, its public id, and 32 random bytes in base64url. */
export const apiKeyPattern: RegExp = /^weir_([0-9a-f]{12})_[\w-]{43}$/;

export function createApiKey(
  about: Pick<ApiKeyRecord, "name" | "scopes" | "expiresAt" | "limits">,
  createdAt: Date = new Date(),
): CreatedApiKey {
  const id = randomBytes(6).toString("hex");
  const key = `weir_${id}_${randomBytes(32).toString("base64url")}`;
  return { key, record: { id, ...about, hash: encodeKeyHash(key), createdAt: createdAt.toISOString() } };
}

/**
 * One round of SHA-256 is enough here, unlike for passwords: 256 random bits cannot be guessed however fast the guesses
 * are, and a slow hash would let strangers burn the server's time with wrong keys.
 */
export function hashKey(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

function encodeKeyHash(key: string): string {
  return `sha256:${hashKey(key).toString("hex")}`;
}
