import { createHash, type Hash } from "node:crypto";

/** What a file's bytes have to add up to: SHA-256 of files in LFS, git's blob hash of the others. */
export interface FileDigest {
  readonly kind: "sha256" | "git-sha1";
  /** In lower case. */
  readonly hex: string;
}

/** A hash to feed the file's bytes to. Git hashes a blob with a head of its own: `blob SIZE` and a zero byte. */
export function createDigest(kind: FileDigest["kind"], bytes: number): Hash {
  if (kind === "sha256") return createHash("sha256");
  return createHash("sha1").update(`blob ${bytes}\0`);
}

/** What an ETag of the hub says of a file: its hash where it has the length of one. */
export function parseDigestEtag(etag: string | null | undefined): FileDigest | undefined {
  const [, hex] = /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(etag ?? "") ?? [];
  return hex === undefined ? undefined : { kind: hex.length === 64 ? "sha256" : "git-sha1", hex };
}
