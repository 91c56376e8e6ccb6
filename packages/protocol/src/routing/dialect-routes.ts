import type { EmbeddingDialectName } from "../canonical/embedding-dialect.ts";

/** A route that a dialect defines, and what tells dialects apart where several define it. */
export interface DialectRoute {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly dialects: readonly (EmbeddingDialectName | "anthropic" | "weir")[];
  /** How the request decides; undefined where there is nothing to decide. */
  readonly decidedBy: string | undefined;
  readonly answer: string;
}

/** Every route of the dialects. `docs/reference/dialects.md` is generated from it. */
export const dialectRoutes: readonly DialectRoute[] = [
  {
    method: "POST",
    path: "/v1/chat/completions",
    dialects: ["openai"],
    decidedBy: undefined,
    answer: '`{"id","object","created","model","choices","usage"}`, or chunks of it as server-sent events',
  },
  {
    method: "POST",
    path: "/v1/completions",
    dialects: ["openai"],
    decidedBy: undefined,
    answer: "as /v1/chat/completions with `text`: one `prompt`, which goes to the model without its template",
  },
  {
    method: "POST",
    path: "/v1/messages",
    dialects: ["anthropic"],
    decidedBy: undefined,
    answer:
      '`{"id","type","role","model","content","stop_reason","stop_sequence","usage"}`, or its events as server-sent events',
  },
  {
    method: "POST",
    path: "/v1/messages/count_tokens",
    dialects: ["anthropic"],
    decidedBy: undefined,
    answer: '`{"input_tokens"}`: what /v1/messages then reports, those from a cache included',
  },
  {
    method: "POST",
    path: "/api/event_logging/batch",
    dialects: ["anthropic"],
    decidedBy: undefined,
    answer: "`{}`; nothing of it is kept",
  },
  {
    method: "GET",
    path: "/v1/agents",
    dialects: ["weir"],
    decidedBy: undefined,
    answer:
      '`{"object","data"}`: the conversations that are remembered, the key\'s own, of all keys with the scope admin; `?model=` and, with that scope, `?key=` choose',
  },
  {
    method: "GET",
    path: "/v1/agents/{id}",
    dialects: ["weir"],
    decidedBy: undefined,
    answer:
      '`{"id","model","key","state","tokens","disk_bytes","turns","reused_tokens","evaluated_tokens","last_used_at"}`; 404 for another id',
  },
  {
    method: "POST",
    path: "/v1/agents/{id}/save",
    dialects: ["weir"],
    decidedBy: undefined,
    answer: "the agent, once its state is on disk",
  },
  {
    method: "DELETE",
    path: "/v1/agents/{id}",
    dialects: ["weir"],
    decidedBy: undefined,
    answer: '`{"id","object","deleted"}`; its state on disk is gone too',
  },
  {
    method: "POST",
    path: "/v1/embeddings",
    dialects: ["openai"],
    decidedBy: undefined,
    answer: '`{"object","data","model","usage","truncated_inputs"}`',
  },
  {
    method: "POST",
    path: "/embed",
    dialects: ["sidecar", "tei"],
    decidedBy: "the body: `inputs` without `texts` is TEI's, everything else the sidecar's",
    answer: 'sidecar `{"vectors","truncated_inputs"}`, TEI `[[...]]`',
  },
  {
    method: "POST",
    path: "/embed_all",
    dialects: ["tei"],
    decidedBy: undefined,
    answer: "`[[[...]]]`: of each input the vectors of all its tokens, special ones included, not scaled",
  },
  {
    method: "POST",
    path: "/tokenize",
    dialects: ["tei"],
    decidedBy: undefined,
    answer:
      '`[[{"id","text","special","start","stop"}]]`, places in characters, null where they cannot be told; of whole texts with their prompt, not cut, at most 262,144 characters in a request',
  },
  {
    method: "POST",
    path: "/decode",
    dialects: ["tei"],
    decidedBy: undefined,
    answer: "a list of texts",
  },
  {
    method: "POST",
    path: "/rerank",
    dialects: ["tei"],
    decidedBy: undefined,
    answer:
      '`[{"index","score"}]`, the best first, with `text` where `return_text` asks for it; 424 unless a cross-encoder with one label is served',
  },
  {
    method: "POST",
    path: "/predict",
    dialects: ["tei"],
    decidedBy: undefined,
    answer:
      '`[{"score","label"}]`, the highest first, with the label names of config.json; a list of these where `inputs` is a batch; 424 unless a cross-encoder or classifier is served',
  },
  {
    method: "POST",
    path: "/api/embed",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer:
      '`{"model","embeddings","total_duration","load_duration","prompt_eval_count","truncated_inputs"}`, durations in nanoseconds; `{"model","embeddings":[]}` where no input asks only to load or unload',
  },
  {
    method: "POST",
    path: "/api/embeddings",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer:
      '`{"embedding","truncated_inputs"}`: one `prompt`, its vector as the model gives it, not scaled; `{"embedding":[]}` without a prompt, which loads or unloads',
  },
  {
    method: "POST",
    path: "/api/generate",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer:
      '`{"model","created_at","response","done","done_reason"}` and counts, as lines unless `stream` is false; an empty prompt loads or unloads; 400 to any other of a model that does not write',
  },
  {
    method: "POST",
    path: "/api/chat",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer: "as /api/generate with `message` in place of `response`; no `messages` load or unload",
  },
  {
    method: "GET",
    path: "/api/tags",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer: '`{"models"}`: every model that is served, asleep or not',
  },
  {
    method: "GET",
    path: "/api/ps",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer: '`{"models"}`: those that are loaded, with `size`, `size_vram` and `expires_at`',
  },
  {
    method: "POST",
    path: "/api/show",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer:
      '`{"details","model_info","capabilities","modified_at"}` and more; `model_info` has the longest input and the length of the vectors under the architecture\'s name, `capabilities` what the model does: `embedding`, or `completion` and `tools`',
  },
  {
    method: "GET",
    path: "/api/version",
    dialects: ["ollama"],
    decidedBy: undefined,
    answer: '`{"version"}`: Weir\'s own',
  },
  {
    method: "POST",
    path: "/embed-file",
    dialects: ["sidecar"],
    decidedBy: undefined,
    answer: '`{"chunks","vectors","truncated_inputs"}`; 403 unless the file lies below an allowed root',
  },
  {
    method: "POST",
    path: "/shutdown",
    dialects: ["sidecar"],
    decidedBy: undefined,
    answer: "403 without the launch token",
  },
  {
    method: "GET",
    path: "/v1/models",
    dialects: ["openai", "anthropic"],
    decidedBy: "the header `anthropic-version`: present is Anthropic's, absent OpenAI's",
    answer: 'OpenAI `{"object":"list","data"}`, Anthropic `{"data","has_more","first_id","last_id"}`',
  },
  {
    method: "GET",
    path: "/v1/models/{id}",
    dialects: ["openai", "anthropic"],
    decidedBy: "as /v1/models",
    answer: "one of them; 404 for another name",
  },
  {
    method: "GET",
    path: "/",
    dialects: ["ollama"],
    decidedBy: "the header `Accept`: JSON where it names `application/json`, else Ollama's text",
    answer: "`Ollama is running`, or JSON about the server",
  },
  {
    method: "GET",
    path: "/info",
    dialects: ["sidecar", "tei"],
    decidedBy: "nothing: one answer has the fields of both",
    answer:
      "`model_id`, `dim`, `device` (sidecar); `model_dtype`, `model_type`, `max_input_length` and more (TEI)",
  },
  {
    method: "GET",
    path: "/health",
    dialects: ["sidecar", "tei"],
    decidedBy: "nothing: one answer serves both",
    answer: '200 `{"status":"ok"}`, or 503 with the reason',
  },
];
