import { resolveEmbedding } from "@weir/engine";
import { countInputs, type EmbeddingRequest } from "@weir/protocol";
import { createCacheCounts, type CacheCounts } from "./cache-counts.ts";
import { createKey, createKeyScope } from "./cache-key.ts";
import { missing } from "./ram-store.ts";
import type { Revision } from "./revision-watch.ts";
import type { VectorStore } from "./vector-store.ts";

/** A request's inputs as the cache sees them, and what is known of their vectors so far. */
export interface Lookup {
  readonly request: EmbeddingRequest;
  readonly count: number;
  readonly dimensions: number;
  readonly keys: readonly string[];
  /** The rows of the answer; those that are known are filled in. */
  readonly values: Float32Array;
  /** For each row its note, `missing` where it is not known. */
  readonly notes: number[];
  readonly tally: CacheCounts;
}

/**
 * Looks for a request's inputs in memory, and has the file's pages for the others brought into memory. Rejects with
 * INVALID_REQUEST where the request asks for what the model does not have.
 */
export async function lookUp(
  store: VectorStore,
  revision: Revision,
  request: EmbeddingRequest,
): Promise<Lookup> {
  const { inputs } = request;
  const count = countInputs(inputs);
  const scope = createKeyScope(revision.hash, revision.info, request);
  const { dimensions } = resolveEmbedding(request, revision.info);
  const values = new Float32Array(count * dimensions);
  const keys = Array.from({ length: count }, (_, row) => createKey(scope, inputs, row));
  const notes = keys.map((key, row) => store.readMemory(key, values, row * dimensions, dimensions));
  const unknown = keys.filter((_, row) => notes[row] === missing);
  if (unknown.length > 0) await store.prefetch(unknown);
  const tally = { ...createCacheCounts(), ram: count - unknown.length };
  return { request, count, dimensions, keys, values, notes, tally };
}

/** Looks in the file for the rest, and returns what is to be computed: keys, each with its rows, of which it has several
 * where the list has an input twice. */
export function findRest(
  store: VectorStore,
  { keys, values, notes, dimensions, tally }: Lookup,
): Map<string, number[]> {
  const wanted = new Map<string, number[]>();
  keys.forEach((key, row) => {
    if (notes[row] !== missing) return;
    const rows = wanted.get(key);
    if (rows !== undefined) return void rows.push(row);
    const note = store.readRest(key, values, row * dimensions, dimensions);
    notes[row] = note;
    if (note === missing) wanted.set(key, [row]);
    else tally.disk++;
  });
  return wanted;
}

/** The same request for some of its inputs. */
export function takeInputs(request: EmbeddingRequest, rows: readonly number[]): EmbeddingRequest {
  const { inputs } = request;
  return inputs.kind === "texts"
    ? { ...request, inputs: { kind: "texts", texts: rows.map((row) => inputs.texts[row]!) } }
    : { ...request, inputs: { kind: "tokens", tokens: rows.map((row) => inputs.tokens[row]!) } };
}
