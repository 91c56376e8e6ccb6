import { Type, type TSchema } from "typebox";
import { keepAliveSchema } from "../embedding-schemas.ts";

/** The request bodies and answers, for the OpenAPI description; what is accepted is decided by the dialects. */
const tags = ["chat"];
const model = Type.Optional(
  Type.String({ description: "A name that GET /v1/models lists; the first that chats where left out." }),
);
const named = Type.String({ minLength: 1, description: "A name that GET /v1/models lists." });
const stop = Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())]));
const object = Type.Record(Type.String(), Type.Unknown());
const sampling = {
  temperature: Type.Optional(Type.Number({ minimum: 0 })),
  top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  top_k: Type.Optional(Type.Integer({ minimum: -1 })),
};
const session_id = Type.Optional(
  Type.String({ description: "Whose conversation it is; the header x-agent-id beats it." }),
);
const openAiShared = {
  max_tokens: Type.Optional(Type.Integer({ minimum: 1 })),
  ...sampling,
  seed: Type.Optional(Type.Number()),
  stop,
  stream: Type.Optional(Type.Boolean()),
  stream_options: Type.Optional(Type.Object({ include_usage: Type.Optional(Type.Boolean()) })),
  session_id,
  prompt_cache_key: Type.Optional(Type.String()),
  user: Type.Optional(Type.String()),
};

const openAiChatBody = Type.Object({
  model,
  messages: Type.Array(
    Type.Object({
      role: Type.String({ enum: ["system", "developer", "user", "assistant", "tool"] }),
      content: Type.Optional(Type.Union([Type.String(), Type.Array(object)])),
      tool_calls: Type.Optional(Type.Array(object)),
      tool_call_id: Type.Optional(Type.String()),
    }),
    { minItems: 1 },
  ),
  max_completion_tokens: Type.Optional(Type.Integer({ minimum: 1 })),
  ...openAiShared,
  tools: Type.Optional(Type.Array(object)),
  tool_choice: Type.Optional(Type.Union([Type.String({ enum: ["auto", "none", "required"] }), object])),
  parallel_tool_calls: Type.Optional(Type.Boolean({ default: true })),
  response_format: Type.Optional(object),
});

const anthropicCountBody = {
  model: named,
  system: Type.Optional(Type.Union([Type.String(), Type.Array(object)])),
  messages: Type.Array(
    Type.Object({
      role: Type.String({ enum: ["user", "assistant"] }),
      content: Type.Union([Type.String(), Type.Array(object)]),
    }),
    { minItems: 1 },
  ),
  tools: Type.Optional(Type.Array(object)),
  tool_choice: Type.Optional(object),
};

const ollamaShared = {
  model: named,
  format: Type.Optional(Type.Union([Type.Literal("json"), object])),
  options: Type.Optional(object),
  stream: Type.Optional(Type.Boolean({ default: true })),
  keep_alive: Type.Optional(keepAliveSchema),
  session_id,
};

const openAiUsage = Type.Object({
  prompt_tokens: Type.Integer(),
  completion_tokens: Type.Integer(),
  total_tokens: Type.Integer(),
  prompt_tokens_details: Type.Object({ cached_tokens: Type.Integer() }),
});
const ollamaCounts = {
  model: Type.String(),
  created_at: Type.String(),
  done: Type.Boolean(),
  done_reason: Type.Optional(Type.String()),
  total_duration: Type.Optional(Type.Integer({ description: "Nanoseconds, as all of them." })),
  load_duration: Type.Optional(Type.Integer()),
  prompt_eval_count: Type.Optional(Type.Integer()),
  prompt_eval_duration: Type.Optional(Type.Integer()),
  eval_count: Type.Optional(Type.Integer()),
  eval_duration: Type.Optional(Type.Integer()),
};

/** What a route tells of itself. */
interface ChatRouteSchema {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly body: TSchema;
  readonly response?: Readonly<Record<number, TSchema>>;
}

export const chatSchemas: Readonly<
  Record<
    | "openai"
    | "openaiCompletions"
    | "anthropic"
    | "anthropicCount"
    | "eventLogging"
    | "ollama"
    | "ollamaGenerate",
    ChatRouteSchema
  >
> = {
  openai: {
    summary: "Chat, whole or as server-sent events (OpenAI)",
    tags,
    body: openAiChatBody,
    response: {
      200: Type.Object({
        id: Type.String(),
        object: Type.String(),
        created: Type.Integer(),
        model: Type.String(),
        choices: Type.Array(object),
        usage: openAiUsage,
      }),
    },
  },
  openaiCompletions: {
    summary: "A text that the model goes on with, without its template (OpenAI)",
    tags,
    body: Type.Object({
      model,
      prompt: Type.Union([
        Type.String({ minLength: 1 }),
        Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 1 }),
      ]),
      ...openAiShared,
    }),
    response: {
      200: Type.Object({
        id: Type.String(),
        object: Type.String(),
        created: Type.Integer(),
        model: Type.String(),
        choices: Type.Array(object),
        usage: openAiUsage,
      }),
    },
  },
  anthropic: {
    summary: "Chat, whole or as server-sent events (Anthropic)",
    tags,
    body: Type.Object({
      ...anthropicCountBody,
      max_tokens: Type.Integer({ minimum: 1 }),
      ...sampling,
      stop_sequences: Type.Optional(Type.Array(Type.String())),
      output_config: Type.Optional(
        Type.Object({
          format: Type.Optional(Type.Object({ type: Type.Literal("json_schema"), schema: object })),
        }),
      ),
      stream: Type.Optional(Type.Boolean()),
      metadata: Type.Optional(Type.Object({ user_id: Type.Optional(Type.String()) })),
      session_id,
    }),
    response: {
      200: Type.Object({
        id: Type.String(),
        type: Type.Literal("message"),
        role: Type.Literal("assistant"),
        model: Type.String(),
        content: Type.Array(object),
        stop_reason: Type.String(),
        stop_sequence: Type.Union([Type.String(), Type.Null()]),
        usage: Type.Object({
          input_tokens: Type.Integer({ description: "Those that came from no cache." }),
          cache_creation_input_tokens: Type.Integer(),
          cache_read_input_tokens: Type.Integer(),
          output_tokens: Type.Integer(),
        }),
      }),
    },
  },
  anthropicCount: {
    summary: "The tokens of a prompt, its template included (Anthropic)",
    tags,
    body: Type.Object(anthropicCountBody),
    response: { 200: Type.Object({ input_tokens: Type.Integer() }) },
  },
  eventLogging: {
    summary: "What clients report of themselves: taken and thrown away (Anthropic)",
    tags,
    body: object,
  },
  ollama: {
    summary: "Chat, as lines of JSON or whole; without messages load or unload the model (Ollama)",
    tags,
    body: Type.Object({
      ...ollamaShared,
      messages: Type.Optional(Type.Array(object)),
      tools: Type.Optional(Type.Array(object)),
    }),
    response: { 200: Type.Object({ ...ollamaCounts, message: object }) },
  },
  ollamaGenerate: {
    summary: "An answer to one prompt; without one load or unload the model (Ollama)",
    tags,
    body: Type.Object({
      ...ollamaShared,
      prompt: Type.Optional(Type.String()),
      system: Type.Optional(Type.String()),
      raw: Type.Optional(Type.Boolean({ description: "The prompt goes to the model without its template." })),
    }),
    response: { 200: Type.Object({ ...ollamaCounts, response: Type.String() }) },
  },
};
