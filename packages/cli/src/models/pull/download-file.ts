import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import type { Hash } from "node:crypto";
import { dirname } from "node:path";
import { WeirError } from "@weir/protocol";
import { BlockWriter } from "./block-writer.ts";
import type { HubAnswer, HubClient, HubRequest } from "./hub-client.ts";
import { createDigest, parseDigestEtag, type FileDigest } from "./file-digest.ts";
import type { RepositoryFile } from "./hub-repository.ts";

export interface FileDownload {
  readonly client: HubClient;
  readonly request: Pick<HubRequest, "address" | "subject">;
  readonly file: RepositoryFile;
  /** Where it ends up. What has come before it is whole is beside it, with `.partial` after its name. */
  readonly target: string;
  /** Bytes that are there, of which `receivedBytes` have come since the last call. */
  readonly onBytes: (haveBytes: number, receivedBytes: number) => void;
  readonly onRetry: (reason: string) => void;
}

/** What a file was held against; undefined where neither the list nor the answer named a hash. */
export type CheckedDigest = FileDigest | undefined;

/**
 * Downloads one file, going on from what an earlier try left. Its size and hash are right when this resolves. Throws
 * HUB_UNREACHABLE, HUB_REFUSED, DOWNLOAD_DAMAGED, and the signal's reason; what has come stays for the next time.
 */
export async function downloadFile(download: FileDownload): Promise<CheckedDigest> {
  const { client, target, file } = download;
  await mkdir(dirname(target), { recursive: true });
  const whole = await checkWhole(download);
  if (whole !== undefined) return whole.digest;
  let failures = 0;
  let damages = 0;
  for (;;) {
    const before = await sizeOf(toPartial(target));
    try {
      return await downloadOnce(download);
    } catch (error) {
      if ((await sizeOf(toPartial(target))) > before) failures = 0;
      if (error instanceof WeirError && error.code === "DOWNLOAD_DAMAGED") {
        await discard(target);
        damages += 1;
        // Once may be the network; the same damage twice is the hub's.
        if (damages > 1) throw error;
      }
      failures += 1;
      await client.pause(error, failures);
      download.onRetry(`${file.path}: ${(error as Error).message} Trying again.`);
    }
  }
}

async function downloadOnce({
  client,
  request,
  file,
  target,
  onBytes,
}: FileDownload): Promise<CheckedDigest> {
  const partial = toPartial(target);
  let have = await sizeOf(partial);
  if (have > file.bytes || (have > 0 && file.digest === undefined)) {
    await discard(target);
    have = 0;
  }
  let hash = file.digest === undefined ? undefined : createDigest(file.digest.kind, file.bytes);
  if (have > 0 && hash !== undefined) await feed(hash, partial);
  onBytes(have, 0);
  let digest = file.digest;
  if (have < file.bytes || file.bytes === 0) {
    using answer = await client.open({
      ...request,
      headers: await toRangeHeaders(have, target),
      accept: [206, 416],
    });
    if (answer.response.status === 416) throw damaged(file, `no bytes from ${have} on`);
    if (!isContinued(answer, have, file.bytes)) {
      have = 0;
      if (digest === undefined)
        digest = parseDigestEtag(answer.linkedEtag ?? answer.response.headers.get("etag"));
      hash = digest === undefined ? undefined : createDigest(digest.kind, file.bytes);
    }
    await keepEtag(answer, target);
    have = await append(answer, { partial, from: have, hash, file, onBytes });
  }
  if (have < file.bytes)
    throw new WeirError("HUB_UNREACHABLE", `the connection ended after ${have} of ${file.bytes} bytes.`);
  if (digest !== undefined && hash?.digest("hex") !== digest.hex)
    throw damaged(file, "bytes of another hash");
  await rename(partial, target);
  await rm(toEtagNote(target), { force: true });
  return digest;
}

async function append(
  answer: HubAnswer,
  to: {
    readonly partial: string;
    readonly from: number;
    readonly hash: Hash | undefined;
    readonly file: RepositoryFile;
    readonly onBytes: FileDownload["onBytes"];
  },
): Promise<number> {
  let have = to.from;
  const handle = await open(to.partial, to.from === 0 ? "w" : "r+");
  const writer = new BlockWriter(handle, to.from, to.hash);
  try {
    try {
      for await (const chunk of answer.chunks()) {
        if (have + chunk.length > to.file.bytes) throw damaged(to.file, "more bytes than it lists");
        await writer.write(chunk);
        have += chunk.length;
        to.onBytes(have, chunk.length);
      }
    } finally {
      // What came before it was cut is what the next try goes on from.
      await writer.flush();
    }
    if (have === to.file.bytes) await handle.sync();
  } finally {
    await handle.close();
  }
  return have;
}

/** A whole file that an interrupted pull left: its hash decides whether it is. */
async function checkWhole({
  file,
  target,
  onBytes,
}: FileDownload): Promise<{ digest: CheckedDigest } | undefined> {
  if (file.digest === undefined || (await sizeOf(target)) !== file.bytes) return undefined;
  const hash = createDigest(file.digest.kind, file.bytes);
  const isThere = await feed(hash, target).then(
    () => true,
    () => false,
  );
  if (!isThere || hash.digest("hex") !== file.digest.hex) return undefined;
  onBytes(file.bytes, 0);
  return { digest: file.digest };
}

/** If-Range: a file that has changed comes whole instead of as an end that does not fit. */
async function toRangeHeaders(have: number, target: string): Promise<Record<string, string>> {
  if (have === 0) return {};
  const etag = await readFile(toEtagNote(target), "utf8").catch(() => "");
  return { range: `bytes=${have}-`, ...(etag !== "" && { "if-range": etag }) };
}

function isContinued({ response }: HubAnswer, have: number, bytes: number): boolean {
  if (response.status !== 206) return false;
  const [, start, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  if (Number(start) === have && (total === "*" || Number(total) === bytes)) return true;
  const message = `expected bytes from ${have} on of ${bytes}, got ${response.headers.get("content-range") ?? "no Content-Range"}.`;
  throw new WeirError("DOWNLOAD_DAMAGED", message);
}

async function keepEtag({ response }: HubAnswer, target: string): Promise<void> {
  const etag = response.headers.get("etag") ?? "";
  // A weak one does not promise the same bytes, and may not be in If-Range (RFC 9110, 13.1.5).
  if (/^"[^"]*"$/.test(etag)) await writeFile(toEtagNote(target), etag);
  else await rm(toEtagNote(target), { force: true });
}

async function feed(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
}

async function discard(target: string): Promise<void> {
  await rm(toPartial(target), { force: true });
  await rm(toEtagNote(target), { force: true });
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

function toPartial(target: string): string {
  return `${target}.partial`;
}

function toEtagNote(target: string): string {
  return `${target}.partial-etag`;
}

function damaged({ path, bytes, digest }: RepositoryFile, got: string): WeirError {
  const expected =
    digest === undefined
      ? `${bytes} bytes`
      : `${bytes} bytes with the ${digest.kind} ${digest.hex.slice(0, 12)}...`;
  return new WeirError("DOWNLOAD_DAMAGED", `${path}: expected ${expected}, got ${got}.`);
}
