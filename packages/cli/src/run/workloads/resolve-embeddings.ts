import { createBuiltInTexts, readTexts, type WorkloadRequest } from "@weir/lab";
import { embeddingDialects, type EmbeddingDialectName } from "@weir/protocol";
import { dialectChoices } from "../../flags/dialect-names.ts";
import type { FlagReader } from "../../flags/flag-reader.ts";
import type { RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import { splitEndpoint } from "./split-endpoint.ts";
import type { EmbeddingsFlags } from "./embeddings-flags.ts";

/** Problems are noted; undefined where the texts cannot be had. */
export async function resolveEmbeddings(
  flags: EmbeddingsFlags,
  read: FlagReader,
  address: RequestAddress,
): Promise<ResolvedWorkload<Extract<WorkloadRequest, { kind: "embeddings" }>> | undefined> {
  const given = read.oneOf("dialect", flags.dialect, dialectChoices, "auto");
  const cache = read.oneOf("cache", flags.cache, ["busted", "warm"], "busted");
  const batch = read.whole("batch", flags.batch, { least: 1, absent: 1 });
  const characters = read.whole("text-size", flags.textSize, { least: 1, absent: 1_000 });
  const { texts: directory, model } = flags;
  const texts = await read.attemptAsync(async () =>
    directory === undefined ? createBuiltInTexts({ characters }) : readTexts(directory, { characters }),
  );
  const endpoint = read.attempt(() => splitEndpoint(address, embeddingDialects, given));
  if (texts === undefined || endpoint === undefined) return undefined;
  const dialect: EmbeddingDialectName | "auto" = endpoint.dialect;
  return { url: endpoint.url, workload: { kind: "embeddings", dialect, model, texts, batch, cache } };
}
