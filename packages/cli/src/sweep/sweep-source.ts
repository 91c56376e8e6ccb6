import type { SweepKind, SweepSource } from "@weir/lab";
import { chatDialects, embeddingDialects, type ChatDialectName } from "@weir/protocol";
import { dialectChoices } from "../flags/dialect-names.ts";
import type { FlagReader } from "../flags/flag-reader.ts";
import { isEndpoint } from "../run/workloads/is-endpoint.ts";
import type { RequestAddress } from "../run/workloads/request-address.ts";
import { resolveUpload } from "../run/workloads/resolve-upload.ts";
import { splitEndpoint } from "../run/workloads/split-endpoint.ts";
import type { SweepFlags } from "./sweep-flags.ts";

const kinds: readonly SweepKind[] = ["embeddings", "chat", "image", "pdf"];

/** The workload that was named, or the one of the API whose own path the URL ends in. */
export function readKind(
  flags: SweepFlags,
  address: RequestAddress | undefined,
  read: FlagReader,
): SweepKind {
  const pointed = address !== undefined && isEndpoint(address, chatDialects) ? "chat" : "embeddings";
  return read.oneOf("workload", flags.workload, kinds, pointed);
}

/** What is sent, and the address that its path is put behind. */
export interface ResolvedSource {
  readonly url: string;
  readonly source: SweepSource;
}

/** Problems are noted; undefined where there is nothing to send. */
export async function resolveSource(
  kind: SweepKind,
  flags: SweepFlags,
  address: RequestAddress,
  read: FlagReader,
): Promise<ResolvedSource | undefined> {
  switch (kind) {
    case "embeddings":
      return resolveEmbeddings(flags, address, read);
    case "chat":
      return resolveChat(flags, address, read);
    default:
      return await resolveFiles(kind, flags, address, read);
  }
}

function resolveEmbeddings(
  flags: SweepFlags,
  address: RequestAddress,
  read: FlagReader,
): ResolvedSource | undefined {
  const given = read.oneOf("dialect", flags.dialect, dialectChoices, "auto");
  const cache = read.oneOf("cache", flags.cache, ["busted", "warm"], "busted");
  const endpoint = read.attempt(() => splitEndpoint(address, embeddingDialects, given));
  if (endpoint === undefined) return undefined;
  const { url, dialect } = endpoint;
  return { url, source: { kind: "embeddings", dialect, model: flags.model, cache, directory: flags.texts } };
}

function resolveChat(
  flags: SweepFlags,
  address: RequestAddress,
  read: FlagReader,
): ResolvedSource | undefined {
  const names: readonly (ChatDialectName | "auto")[] = [
    "auto",
    ...(Object.keys(chatDialects) as ChatDialectName[]),
  ];
  const given = read.oneOf("dialect", flags.dialect, names, "auto");
  const cache = read.oneOf("cache", flags.cache, ["busted", "warm"], "busted");
  const endpoint = read.attempt(() => splitEndpoint(address, chatDialects, given));
  if (endpoint === undefined) return undefined;
  return {
    url: endpoint.url,
    source: {
      kind: "chat",
      dialect: endpoint.dialect,
      model: flags.model,
      stream: flags.stream ?? true,
      temperature: 0,
      ignoreEos: flags.ignoreEos ?? false,
      check: undefined,
      turns: { kind: "single" },
      cache,
    },
  };
}

async function resolveFiles(
  kind: "image" | "pdf",
  flags: SweepFlags,
  address: RequestAddress,
  read: FlagReader,
): Promise<ResolvedSource | undefined> {
  const dpiParameter = encodeURIComponent(flags.dpiParam ?? "dpi");
  if (flags.files !== undefined || kind === "pdf") {
    const upload = await resolveUpload(kind, flags, read, address);
    if (flags.imageSizes !== undefined && kind === "image")
      read.note("--files and --image-sizes exclude each other: images of your own have their size.");
    return upload && { url: upload.url, source: { ...upload.workload, dpiParameter } };
  }
  if (flags.raw === true && flags.field !== undefined)
    read.note("--raw and --field exclude each other: a field is part of a form, and --raw sends none.");
  if (address.path === undefined) {
    read.note(
      `an upload needs the path that takes the files, e.g. ${address.server}/v1/documents, got no path. Put it behind the URL.`,
    );
    return undefined;
  }
  return {
    url: address.server,
    source: {
      kind: "upload",
      method: "POST",
      path: address.path,
      files: undefined,
      form: flags.raw === true ? { kind: "raw" } : { kind: "multipart", field: flags.field ?? "file" },
      expect: "2xx",
      dpiParameter,
    },
  };
}
