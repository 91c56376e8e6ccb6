/** Series that belong together: those of these names, but for labels that rule one out. */
export interface SeriesChoice {
  /** Any of them: versions of a server name the same thing differently. */
  readonly names: readonly string[];
  /** Whether a series counts, by its labels. @default all do */
  readonly where?: (labels: Readonly<Record<string, string>>) => boolean;
}

/** A time that is summed up over requests: `NAME_sum` of a histogram, or a counter. */
export interface TimeChoice extends SeriesChoice {
  /** Milliseconds in one of its units. */
  readonly unitMs: number;
  /** Whether `names` are histograms, with `_sum`, `_count` and `_bucket`. */
  readonly isHistogram: boolean;
}

/** What the metrics of a kind of server mean. */
export interface KnownServer {
  readonly software: string;
  /** What the names of its own series begin with. */
  readonly prefix: RegExp;
  /** How long requests took in the server, whole; their count is the number of requests. */
  readonly request?: TimeChoice;
  /** Where `request` is no histogram: how many there were. */
  readonly requests?: SeriesChoice;
  readonly queue?: TimeChoice;
  /** Several are added up. */
  readonly model?: readonly TimeChoice[];
  readonly firstToken?: TimeChoice;
  /** How many requests wait, and how many are computed, now. */
  readonly waiting?: SeriesChoice;
  readonly running?: SeriesChoice;
  /** The share of a KV cache that is in use. */
  readonly cacheUse?: SeriesChoice;
  /** A histogram of how much is computed together, or two counters: all, and how often. */
  readonly batch?: { readonly inputs: SeriesChoice; readonly batches: SeriesChoice };
  readonly cacheHits?: SeriesChoice;
  /** Those looked up: hits are among them. */
  readonly cacheLookups?: SeriesChoice;
}

const seconds = (...names: string[]): TimeChoice => ({ names, unitMs: 1000, isHistogram: true });
const series = (...names: string[]): SeriesChoice => ({ names });

const ofModel = (labels: Readonly<Record<string, string>>): boolean => labels["model"] !== "";

/** Metrics that are read, by what their servers' documentation says of them. The first that is found counts. */
const knownServers: readonly KnownServer[] = [
  {
    software: "Weir",
    prefix: /^weir_/,
    request: {
      ...seconds("weir_request_duration_seconds"),
      where: (labels) => ofModel(labels) && labels["outcome"] === "ok",
    },
    queue: { ...seconds("weir_phase_duration_seconds"), where: ({ phase }) => phase === "queue" },
    model: [{ ...seconds("weir_phase_duration_seconds"), where: ({ phase }) => phase === "infer" }],
    waiting: series("weir_queue_jobs"),
    running: series("weir_replica_slots_in_use"),
    batch: { inputs: series("weir_batch_inputs_sum"), batches: series("weir_batch_inputs_count") },
    cacheHits: series("weir_cache_hits_total"),
    cacheLookups: series("weir_cache_hits_total", "weir_cache_misses_total"),
  },
  {
    // https://docs.vllm.ai/en/stable/usage/metrics/
    software: "vLLM",
    prefix: /^vllm:/,
    request: seconds("vllm:e2e_request_latency_seconds"),
    queue: seconds("vllm:request_queue_time_seconds"),
    model: [seconds("vllm:request_inference_time_seconds")],
    firstToken: seconds("vllm:time_to_first_token_seconds"),
    waiting: series("vllm:num_requests_waiting"),
    running: series("vllm:num_requests_running"),
    cacheUse: series("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"),
    cacheHits: series("vllm:prefix_cache_hits_total", "vllm:prefix_cache_hits"),
    cacheLookups: series("vllm:prefix_cache_queries_total", "vllm:prefix_cache_queries"),
  },
  {
    software: "SGLang",
    prefix: /^sglang:/,
    request: seconds("sglang:e2e_request_latency_seconds"),
    queue: seconds("sglang:queue_time_seconds"),
    firstToken: seconds("sglang:time_to_first_token_seconds"),
    waiting: series("sglang:num_queue_reqs"),
    running: series("sglang:num_running_reqs"),
    cacheUse: series("sglang:token_usage"),
  },
  {
    software: "Text Embeddings Inference",
    prefix: /^te_/,
    request: seconds("te_request_duration"),
    queue: seconds("te_request_queue_duration"),
    model: [seconds("te_request_inference_duration")],
    waiting: series("te_queue_size"),
    batch: { inputs: series("te_batch_next_size_sum"), batches: series("te_batch_next_size_count") },
  },
  {
    software: "Text Generation Inference",
    prefix: /^tgi_/,
    request: seconds("tgi_request_duration"),
    queue: seconds("tgi_request_queue_duration"),
    model: [seconds("tgi_request_inference_duration")],
    waiting: series("tgi_queue_size"),
    running: series("tgi_batch_current_size"),
  },
  {
    // It counts no requests: what it computed is divided by those that the load completed.
    software: "llama.cpp",
    prefix: /^llamacpp:/,
    model: [
      { names: ["llamacpp:prompt_seconds_total"], unitMs: 1000, isHistogram: false },
      { names: ["llamacpp:tokens_predicted_seconds_total"], unitMs: 1000, isHistogram: false },
    ],
    waiting: series("llamacpp:requests_deferred"),
    running: series("llamacpp:requests_processing"),
  },
  {
    // https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/metrics.html
    software: "Triton",
    prefix: /^nv_inference_/,
    request: { names: ["nv_inference_request_duration_us"], unitMs: 1 / 1000, isHistogram: false },
    requests: series("nv_inference_request_success"),
    queue: { names: ["nv_inference_queue_duration_us"], unitMs: 1 / 1000, isHistogram: false },
    model: [
      {
        names: [
          "nv_inference_compute_input_duration_us",
          "nv_inference_compute_infer_duration_us",
          "nv_inference_compute_output_duration_us",
        ],
        unitMs: 1 / 1000,
        isHistogram: false,
      },
    ],
    waiting: series("nv_inference_pending_request_count"),
    batch: { inputs: series("nv_inference_count"), batches: series("nv_inference_exec_count") },
  },
  ...[
    // What middleware for FastAPI, Express, Spring and OpenTelemetry is used to.
    ["http_request_duration_seconds", 1000],
    ["http_server_request_duration_seconds", 1000],
    ["http_server_requests_seconds", 1000],
    ["starlette_request_duration_seconds", 1000],
    ["http_request_duration_ms", 1],
    ["http_request_duration_milliseconds", 1],
  ].map(([name, unitMs]) => ({
    software: "an HTTP server",
    prefix: new RegExp(`^${String(name)}_(?:sum|count)$`),
    request: {
      names: [String(name)],
      unitMs: Number(unitMs),
      isHistogram: true,
      where: (labels: Readonly<Record<string, string>>) =>
        !Object.values(labels).some((value) => /^\/(?:metrics|health|healthz|ready|live)\b/.test(value)),
    },
  })),
];

/** The kind of server that has series of these names; undefined where it is none that is known. */
export function findKnownServer(names: Iterable<string>): KnownServer | undefined {
  const all = [...names];
  return knownServers.find(({ prefix }) => all.some((name) => prefix.test(name)));
}

/** Whether something is known of series of this name. */
export function isKnownMetric(name: string): boolean {
  return knownServers.some(({ prefix }) => prefix.test(name)) || /^http_.*_bucket$/.test(name);
}
