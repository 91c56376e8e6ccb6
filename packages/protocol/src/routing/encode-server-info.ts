import type { Pooling } from "../canonical/embedding.ts";

/** What a server says of its model and of itself. */
export interface ServerInfo {
  readonly modelName: string;
  readonly dimensions: number;
  /** Undefined where a server elsewhere computes and does not say. */
  readonly pooling: Pooling | undefined;
  /** Names of the scores, where the model scores sequences instead of embedding: one of a re-ranker. */
  readonly labels?: readonly string[] | undefined;
  /** Longest input in tokens, special tokens included. Undefined as for `pooling`. */
  readonly maxTokens: number | undefined;
  /** What computes, e.g. `cpu`. */
  readonly device: string;
  /** Number format of the weights, e.g. `float32`. */
  readonly precision: string;
  /** True for weights made from a seed: real cost, meaningless answers. */
  readonly reference: boolean;
  /** Most jobs that are held at a time, waiting and running. */
  readonly maxJobs: number;
  /** Most tokens in one batch of the engine, padding included. */
  readonly maxBatchTokens: number;
  /** Most inputs in one request. */
  readonly maxInputs: number;
  /** Threads that turn texts into tokens. */
  readonly preparers: number;
  /** Weir's own version. */
  readonly version: string;
}

/** GET /info: one answer with the sidecar's fields, TEI's fields, and whether the weights are reference weights. */
export function encodeServerInfo(info: ServerInfo): Readonly<Record<string, unknown>> {
  return {
    model_id: info.modelName,
    dim: info.dimensions,
    device: info.device,
    model_sha: null,
    model_dtype: info.precision,
    model_type: toModelType(info),
    max_input_length: info.maxTokens ?? null,
    max_concurrent_requests: info.maxJobs,
    max_batch_tokens: info.maxBatchTokens,
    max_batch_requests: null,
    max_client_batch_size: info.maxInputs,
    auto_truncate: true,
    tokenization_workers: info.preparers,
    version: info.version,
    sha: null,
    docker_label: null,
    reference_weights: info.reference,
  };
}

/** `embedding`, `reranker` (one label) or `classifier` (several). */
function toModelType({ labels, pooling }: ServerInfo): Readonly<Record<string, unknown>> {
  if (labels === undefined) {
    return { embedding: { pooling: pooling === "last" ? "last_token" : (pooling ?? null) } };
  }
  const names = {
    id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
  return labels.length === 1 ? { reranker: names } : { classifier: names };
}

/**
 * GET /health: 200 `{"status":"ok"}` once requests are taken, 503 with the reason before and after. The sidecar's
 * clients read the field, TEI's the status. `remarks` are what to know of a server that takes requests: they stand in
 * `reason` of a 200.
 */
export function encodeHealth(
  unreadiness: string | undefined,
  remarks: readonly string[] = [],
): {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
} {
  if (unreadiness === undefined) {
    return {
      status: 200,
      body: { status: "ok", ...(remarks.length === 0 ? {} : { reason: remarks.join("; ") }) },
    };
  }
  return { status: 503, body: { status: "unavailable", reason: unreadiness } };
}
