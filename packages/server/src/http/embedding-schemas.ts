import { Type, type TSchema } from "typebox";

/**
 * The request bodies, for the OpenAPI description. What is accepted is decided by the dialects of @weir/protocol,
 * which give better messages than a schema can; a test holds the two against each other.
 */
const tokenIds = Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 });
const textsOrNone = Type.Union([Type.String(), Type.Array(Type.String())], {
  description:
    "Left out, an empty text or an empty list only loads the model, or unloads it with a keep_alive of 0.",
});
export const keepAliveSchema: TSchema = Type.Union(
  [
    Type.Number(),
    Type.String({
      pattern: "^[+-]?(\\d+\\.?\\d*|\\.\\d+|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$",
    }),
  ],
  {
    description:
      "How long the model stays loaded after its last request: seconds, or a duration such as 10m; 0 unloads it as soon as nobody uses it, below 0 is for ever.",
  },
);
const tokensOrTexts = Type.Union([
  Type.String({ minLength: 1 }),
  Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  tokenIds,
  Type.Array(tokenIds, { minItems: 1 }),
]);
const dimensions = Type.Optional(
  Type.Integer({ minimum: 1, description: "Keep this many leading values, then scale to length 1 again." }),
);
const truncate = Type.Optional(
  Type.Boolean({
    default: true,
    description: "Cut texts that are longer than the model takes; false refuses them.",
  }),
);
const normalize = Type.Optional(
  Type.Boolean({ default: true, description: "Scale each vector to length 1." }),
);
const pooling = Type.Union([
  Type.Literal("mean"),
  Type.Literal("cls"),
  Type.Literal("max"),
  Type.Literal("last"),
  Type.Literal("mean_sqrt_len"),
  Type.Literal("weightedmean"),
]);

export const prompt_name: TSchema = Type.Optional(
  Type.String({
    description:
      "Name of the model's prompt that goes before each text; its default one where left out, none where empty.",
  }),
);

export const openAiEmbeddingsBody: TSchema = Type.Object({
  model: Type.Optional(
    Type.String({ description: "A name that GET /v1/models lists; the first where left out." }),
  ),
  input: tokensOrTexts,
  encoding_format: Type.Optional(Type.Union([Type.Literal("float"), Type.Literal("base64")])),
  dimensions,
  prompt_name,
});

export const ollamaEmbedBody: TSchema = Type.Object({
  model: Type.String({ minLength: 1 }),
  input: Type.Optional(textsOrNone),
  keep_alive: Type.Optional(keepAliveSchema),
  truncate,
  dimensions,
});

const ollamaPromptBody = Type.Object({
  model: Type.String({ minLength: 1 }),
  prompt: Type.Optional(
    Type.String({
      description: "Left out or empty it only loads the model, or unloads it with a keep_alive of 0.",
    }),
  ),
  keep_alive: Type.Optional(keepAliveSchema),
});

export const sidecarEmbedBody: TSchema = Type.Object({
  texts: Type.Array(Type.String(), { minItems: 1 }),
  normalize,
  truncate,
  pooling: Type.Optional(pooling),
  prompt_name,
  batch_size: Type.Optional(
    Type.Integer({ minimum: 1, description: "Accepted and ignored: batches follow cost." }),
  ),
});

export const teiEmbedBody: TSchema = Type.Object({
  inputs: tokensOrTexts,
  truncate,
  normalize,
  dimensions,
  prompt_name,
});

const sidecarEmbedFileBody = Type.Object({
  path: Type.String({ description: "A file below one of the allowed roots." }),
  chunk_size: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200_000, default: 1_000, description: "Characters." }),
  ),
  chunk_overlap: Type.Optional(
    Type.Integer({ minimum: 0, default: 0, description: "Characters, below chunk_size." }),
  ),
  max_chunks: Type.Optional(Type.Integer({ minimum: 1, description: "Stop after this many chunks." })),
  normalize,
});

const vectors = Type.Array(Type.Array(Type.Number()));
const truncated_inputs = Type.Integer({ description: "How many inputs were cut to the model's longest." });
const openAiAnswer = Type.Object({
  object: Type.Literal("list"),
  data: Type.Array(
    Type.Object({
      object: Type.Literal("embedding"),
      index: Type.Integer(),
      embedding: Type.Union([
        Type.Array(Type.Number()),
        Type.String({ description: "base64 of float32, little-endian" }),
      ]),
    }),
  ),
  model: Type.String(),
  usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
  truncated_inputs,
});

/** What a route tells of itself. */
interface RouteSchema {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly body: TSchema;
  readonly response: Readonly<Record<number, TSchema>>;
}

export const embedSchemas: Readonly<
  Record<"openai" | "ollama" | "ollamaPrompt" | "embed" | "embedFile", RouteSchema>
> = {
  openai: {
    summary: "Embeddings (OpenAI)",
    tags: ["embeddings"],
    body: openAiEmbeddingsBody,
    response: { 200: openAiAnswer },
  },
  ollama: {
    summary: "Embeddings (Ollama)",
    tags: ["embeddings"],
    body: ollamaEmbedBody,
    response: {
      200: Type.Object({
        model: Type.String(),
        embeddings: vectors,
        prompt_eval_count: Type.Optional(Type.Integer()),
        truncated_inputs: Type.Optional(truncated_inputs),
      }),
    },
  },
  ollamaPrompt: {
    summary: "Embedding of one prompt (Ollama, before /api/embed)",
    tags: ["embeddings"],
    body: ollamaPromptBody,
    response: {
      200: Type.Object({
        embedding: Type.Array(Type.Number()),
        truncated_inputs: Type.Optional(truncated_inputs),
      }),
    },
  },
  embed: {
    summary: "Embeddings (sidecar with `texts`, TEI with `inputs`)",
    tags: ["embeddings"],
    body: Type.Union([sidecarEmbedBody, teiEmbedBody]),
    response: { 200: Type.Union([Type.Object({ vectors, truncated_inputs }), vectors]) },
  },
  embedFile: {
    summary: "Embeddings of a file's chunks (sidecar)",
    tags: ["embeddings"],
    body: sidecarEmbedFileBody,
    response: { 200: Type.Object({ chunks: Type.Array(Type.String()), vectors, truncated_inputs }) },
  },
};
