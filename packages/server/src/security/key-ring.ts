import { timingSafeEqual } from "node:crypto";
import { apiKeyPattern, hashKey, type ApiKeyRecord } from "./api-key.ts";

/** The keys that open the server now. */
export interface KeyRing {
  /** The record of a key that is known and has not expired. */
  find(key: string, nowMs: number): ApiKeyRecord | undefined;
}

interface Entry {
  readonly record: ApiKeyRecord;
  readonly hash: Buffer;
  readonly expiresAtMs: number;
}

// What an unknown id is compared with, so that it takes as long as a known one with a wrong secret.
const noHash = Buffer.alloc(32);

export function createKeyRing(records: readonly ApiKeyRecord[]): KeyRing {
  const byId = new Map<string, Entry>();
  for (const record of records) {
    const expiresAtMs =
      record.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(record.expiresAt);
    byId.set(record.id, {
      record,
      hash: Buffer.from(record.hash.slice("sha256:".length), "hex"),
      expiresAtMs,
    });
  }
  return {
    find(key, nowMs) {
      const id = apiKeyPattern.exec(key)?.[1];
      const entry = id === undefined ? undefined : byId.get(id);
      const matches = timingSafeEqual(hashKey(key), entry?.hash ?? noHash);
      return entry !== undefined && matches && nowMs < entry.expiresAtMs ? entry.record : undefined;
    },
  };
}
