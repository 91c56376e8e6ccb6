import { WeirError } from "@weir/protocol";
import type { HubClient } from "./hub-client.ts";
import type { FileDigest } from "./file-digest.ts";

export interface RepositoryFile {
  /** Inside the repository, with forward slashes; never leaves it. */
  readonly path: string;
  readonly bytes: number;
  /** Undefined where the hub lists none: what the file's own answer says counts then. */
  readonly digest: FileDigest | undefined;
}

/** A repository at one commit. */
export interface HubRepository {
  /** As the hub calls it, which may differ from what was asked for where it was renamed. */
  readonly repository: string;
  readonly commit: string;
  readonly files: readonly RepositoryFile[];
}

/** A hub gives 1,000 entries a page. */
const mostPages = 200;

/**
 * What a repository has at a revision. `GET /api/models/NAME/revision/REVISION` pins it to a commit, and `/tree/COMMIT`
 * lists it, with the SHA-256 of files in LFS and git's hash of the others (as huggingface_hub 1.0 asks).
 */
export async function readRepository(
  client: HubClient,
  asked: string,
  revision: string,
): Promise<HubRepository> {
  const subject = { repository: asked, revision };
  const address = `api/models/${asked}/revision/${encodeURIComponent(revision)}`;
  const info = readJson(client, (await client.read({ address, subject })).bytes);
  const { id, sha } = info as { id?: unknown; sha?: unknown };
  if (typeof sha !== "string" || !/^[0-9a-f]{7,64}$/.test(sha)) throw unexpected(client, "a model's commit");
  const repository =
    typeof id === "string" && /^[\w.-]+(\/[\w.-]+)?$/.test(id) && !/--|\.\./.test(id) ? id : asked;
  const files: RepositoryFile[] = [];
  let next: string | URL | undefined = `api/models/${repository}/tree/${sha}?recursive=true`;
  for (let page = 0; next !== undefined && page < mostPages; page++) {
    const { bytes, headers } = await client.read({ address: next, subject });
    const entries = readJson(client, bytes);
    if (!Array.isArray(entries)) throw unexpected(client, "a list of files");
    for (const entry of entries) {
      const file = toFile(entry);
      if (file !== undefined) files.push(file);
    }
    next = findNext(headers.get("link"), client.endpoint);
  }
  return { repository, commit: sha, files };
}

function toFile(entry: unknown): RepositoryFile | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { type, path, size, oid, lfs } = entry as Readonly<Record<string, unknown>>;
  if (type !== "file" || typeof path !== "string" || !isInside(path)) return undefined;
  const large = lfs as { oid?: unknown; size?: unknown } | null | undefined;
  const bytes = typeof large?.size === "number" ? large.size : size;
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) return undefined;
  const digest: FileDigest | undefined =
    typeof large?.oid === "string" && /^[0-9a-f]{64}$/.test(large.oid)
      ? { kind: "sha256", hex: large.oid }
      : large == null && typeof oid === "string" && /^[0-9a-f]{40}$/.test(oid)
        ? { kind: "git-sha1", hex: oid }
        : undefined;
  return { path, bytes, digest };
}

/** Written below a folder of ours: what a hub says must not lead out of it, on any platform. */
export function isInside(path: string): boolean {
  return (
    path !== "" &&
    !/[\\:\p{Cc}]/u.test(path) &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}

/** The next page of a list, RFC 8288. A mirror may hand on the links of the hub behind it: its own address counts. */
function findNext(link: string | null, endpoint: URL): URL | undefined {
  const [, target] = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? "") ?? [];
  if (target === undefined || !URL.canParse(target, endpoint.href)) return undefined;
  const url = new URL(target, endpoint);
  if (url.origin === endpoint.origin) return url;
  return new URL(
    `${endpoint.href.replace(/\/+$/, "")}${url.pathname.replace(/^.*?(?=\/api\/)/, "")}${url.search}`,
  );
}

function readJson(client: HubClient, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw unexpected(client, "JSON");
  }
}

function unexpected({ endpoint }: HubClient, what: string): WeirError {
  const message = `${endpoint.href}: expected ${what} as a hub in the Hugging Face protocol gives it, got something else. Check HF_ENDPOINT.`;
  return new WeirError("HUB_REFUSED", message);
}
