import type { ChatDialectName } from "@weir/protocol";
import { filled, items, members, number, truthy, word, type JsonShape } from "./json-shape.ts";

/** What an event of a stream may hold; an event may hold several. */
export const has: {
  readonly text: number;
  readonly reasoning: number;
  readonly tool: number;
  readonly finish: number;
  readonly end: number;
  readonly error: number;
} = { text: 1, reasoning: 2, tool: 4, finish: 8, end: 16, error: 32 };

/** Where the scanner keeps the server's own numbers. */
export const place: {
  readonly input: number;
  readonly cached: number;
  readonly written: number;
  readonly output: number;
  readonly total: number;
  readonly prompt: number;
  readonly generation: number;
  readonly choice: number;
} = { input: 0, cached: 1, written: 2, output: 3, total: 4, prompt: 5, generation: 6, choice: 7 };

export const places = 8;

// As OpenAI's Python client has it: an empty error is none.
const error = truthy(has.error);
const call = members({ function: members({ name: filled(has.tool), arguments: filled(has.tool) }) });

// `reasoning_content` is DeepSeek's word, taken over by vLLM, SGLang and llama.cpp; `reasoning` is that of OpenRouter,
// newer vLLM and Ollama's copy of this API; a refusal is text that a user sees.
const openaiDelta = members({
  content: filled(has.text),
  refusal: filled(has.text),
  reasoning_content: filled(has.reasoning),
  reasoning: filled(has.reasoning),
  thinking: filled(has.reasoning),
  tool_calls: items(call),
  function_call: members({ name: filled(has.tool), arguments: filled(has.tool) }),
});

const openai = members({
  choices: items(
    members({ index: number(place.choice), delta: openaiDelta, finish_reason: truthy(has.finish) }),
  ),
  usage: members({
    prompt_tokens: number(place.input),
    completion_tokens: number(place.output),
    prompt_tokens_details: members({ cached_tokens: number(place.cached) }),
    prompt_cache_hit_tokens: number(place.cached),
  }),
  // llama.cpp, in milliseconds.
  timings: members({ prompt_ms: number(place.prompt), predicted_ms: number(place.generation) }),
  error,
  // vLLM of old: {"object":"error","message":...}
  object: word({ error: has.error }),
});

const anthropicUsage = members({
  input_tokens: number(place.input),
  cache_read_input_tokens: number(place.cached),
  cache_creation_input_tokens: number(place.written),
  output_tokens: number(place.output),
});

const anthropic = members({
  type: word({ message_stop: has.end, error: has.error }),
  delta: members({
    text: filled(has.text),
    thinking: filled(has.reasoning),
    partial_json: filled(has.tool),
    stop_reason: truthy(has.finish),
  }),
  content_block: members({ text: filled(has.text), thinking: filled(has.reasoning), name: filled(has.tool) }),
  message: members({ usage: anthropicUsage }),
  usage: anthropicUsage,
  error,
});

const ollamaEnd = {
  done: truthy(has.end),
  prompt_eval_count: number(place.input),
  eval_count: number(place.output),
  total_duration: number(place.total),
  prompt_eval_duration: number(place.prompt),
  eval_duration: number(place.generation),
  error,
} as const;

const ollama = members({
  message: members({ content: filled(has.text), thinking: filled(has.reasoning), tool_calls: items(call) }),
  ...ollamaEnd,
});

const ollamaGenerate = members({
  response: filled(has.text),
  thinking: filled(has.reasoning),
  ...ollamaEnd,
});

/** How a dialect streams, and what its events look like. */
export interface ChatStreamForm {
  readonly framing: "sse" | "ndjson";
  readonly shape: JsonShape;
  /** Flags of which one is enough for a stream to be whole; with several choices in it the end alone is. */
  readonly wholeWith: number;
  /** The same in words. */
  readonly endMark: string;
  /** How many of the durations' units are a millisecond. */
  readonly durationsPerMs: number;
  /** Whether `input` leaves out the tokens that were read from or written to a cache. */
  readonly cachedApart: boolean;
}

const ollamaForm = {
  framing: "ndjson",
  wholeWith: has.end,
  endMark: '"done":true',
  durationsPerMs: 1e6,
  cachedApart: false,
} as const;

export const chatStreamForms: Readonly<Record<ChatDialectName, ChatStreamForm>> = {
  openai: {
    framing: "sse",
    shape: openai,
    wholeWith: has.end | has.finish,
    endMark: "data: [DONE] or a finish_reason",
    durationsPerMs: 1,
    cachedApart: false,
  },
  anthropic: {
    framing: "sse",
    shape: anthropic,
    wholeWith: has.end,
    endMark: "message_stop",
    durationsPerMs: 1,
    cachedApart: true,
  },
  ollama: { ...ollamaForm, shape: ollama },
  "ollama-generate": { ...ollamaForm, shape: ollamaGenerate },
};
