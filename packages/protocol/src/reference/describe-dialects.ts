import { poolings } from "../canonical/embedding.ts";
import { truncatedInputsField, truncatedInputsHeader } from "../canonical/truncation.ts";
import { dialectRoutes } from "../routing/dialect-routes.ts";
import { describeTable } from "./markdown-table.ts";

/** The page `docs/reference/dialects.md`: the routes, what tells dialects apart, and what each request may say. */
export function describeDialects(): string {
  return `# Dialects

One server speaks several HTTP APIs at once. This page is generated from \`packages/protocol\`.

## Routes

Where several dialects meet on a path, the request decides.

${describeTable(
  ["route", "dialect", "decided by", "answer"],
  dialectRoutes.map(({ method, path, dialects, decidedBy, answer }) => [
    `\`${method} ${path}\``,
    dialects.join(", "),
    decidedBy ?? "the path",
    answer,
  ]),
)}

## What a request may say

${describeTable(
  ["", "openai", "sidecar", "tei", "ollama"],
  [
    [
      "inputs",
      "`input`: string, strings, token ids, lists of token ids",
      "`texts`: strings",
      "`inputs`: as OpenAI's",
      "`input`: string, strings",
    ],
    ["the empty string", "400", "embedded", "400", "loads the model; embedded in a list"],
    ["an empty list", "400", "400", "400", "loads the model"],
    ["model", "`model`, may be left out", "no field", "no field", "`model`, required"],
    ["length 1", "always", "`normalize`, default true", "`normalize`, default true", "always"],
    [
      "pooling",
      "the model's own",
      `\`pooling\`: ${poolings.join(", ")}`,
      "the model's own",
      "the model's own",
    ],
    ["prompt of the model", "`prompt_name`", "`prompt_name`", "`prompt_name`", "its default"],
    ["fewer values", "`dimensions`", "no", "`dimensions`", "`dimensions`"],
    [
      "cut long inputs",
      "`truncate`, default true",
      "`truncate`, default true",
      "`truncate`, default true",
      "`truncate`, default true",
    ],
    ["vectors", "`encoding_format`: float or base64 (little-endian float32)", "float", "float", "float"],
    ["stay loaded", "no", "no", "no", "`keep_alive`: seconds or a duration; 0 unloads, below 0 is for ever"],
    ["without effect", "`user`", "`batch_size`", "", "`options`"],
  ],
)}

Unknown fields are ignored, and null in an optional field counts as absent. \`dimensions\` keeps that many leading values
and scales to length 1 again. Floats are written with as many digits as it takes to read back the same float32, so both
encodings give bit-equal vectors. \`prompt_name\` names one of the model's prompts ([models.md](models.md#prompts)); left out
it is the model's default one, where it has one, and the empty name is none.

## Chat

${describeTable(
  ["", "openai", "anthropic", "ollama"],
  [
    [
      "whose conversation",
      "`session_id`, `prompt_cache_key`, `user`",
      "`session_id`, `metadata.user_id`",
      "`session_id`",
    ],
    [
      "longest answer",
      "`max_completion_tokens`, `max_tokens`",
      "`max_tokens`, required",
      "`options.num_predict`",
    ],
    [
      "sampling",
      "`temperature`, `top_p`, `top_k`, `seed`",
      "`temperature`, `top_p`, `top_k`",
      "`options`: `temperature`, `top_p`, `top_k`, `seed`",
    ],
    ["texts that end it", "`stop`", "`stop_sequences`", "`options.stop`"],
    ["tools", "`tools`, `tool_choice`, `parallel_tool_calls`", "`tools`, `tool_choice`", "`tools`"],
    [
      "form of the answer",
      "`response_format`: text, json_object, json_schema",
      "`output_config.format`, `output_format`: json_schema",
      "`format`: json or a JSON Schema",
    ],
    [
      "stream",
      "`stream`, default false; counts with `stream_options.include_usage`",
      "`stream`, default false",
      "`stream`, default true",
    ],
    [
      "tokens from a cache",
      "`usage.prompt_tokens_details.cached_tokens`, part of `prompt_tokens`",
      "`usage.cache_read_input_tokens`, beside `input_tokens`",
      "part of `prompt_eval_count`",
    ],
    [
      "the model's own template",
      "`/v1/completions` goes without",
      "always",
      "`/api/generate` goes without where `raw` is true",
    ],
    [
      "without effect",
      "`store`, `reasoning_effort`, `service_tier`",
      "`thinking`, `cache_control`",
      "`think`, `context`, other `options`, `num_ctx` too",
    ],
    [
      "400",
      "`n` and `best_of` above 1, `logprobs`, `logit_bias`, penalties, audio, `functions`, `suffix`, `echo`",
      "tools that a server runs, `mcp_servers`, `container`",
      "`suffix`, `template`, `logprobs`",
    ],
  ],
)}

Images are refused where the model reads text only. The headers \`x-agent-id\` and, after it, \`x-session-id\` say whose conversation
it is in every dialect and beat the body's fields; without any it is found by the beginning that it shares with one of the
same key. A call of a tool that the end of an answer cut off is left out where arguments are an object. Where they are a text it is
closed so that it can be parsed, with \`null\` for a value that had not come: it is no call to be made, as \`finish_reason\` \`length\` says.

A stream's status and headers are sent with the first token, or after 5 to 10 seconds in which the model read its prompt;
until then, waiting included, a request is refused with a status as any other. From then on a stream without tokens has a
sign of life every 5 to 10 seconds: a comment, in Anthropic's an event \`ping\`, in Ollama's a line with no text. What fails in the
middle is told in the dialect's own way, and the stream ends: OpenAI's without \`[DONE]\`, Anthropic's with an event
\`error\`, Ollama's with a line \`{"error"}\`. A client that leaves 1 MiB of its answer unread is cut, and one that leaves ends its
job.

## Scores

\`/rerank\` takes \`query\` and \`texts\`, \`/predict\` takes \`inputs\`: a text, a pair of texts, or a list of lists of one or two
texts (a list of two texts is one pair). Both take \`raw_scores\` (default false: the sigmoid of a single label's score, the
softmax over several labels) and \`truncate\` (default true: of a pair the longer text is cut first), \`/rerank\` also
\`return_text\`. They use the first model that scores: one whose config.json names an architecture
\`...ForSequenceClassification\`. Routes that embed use the first one that embeds. \`truncation_direction\` may be \`right\` only.

## Truncation

Inputs that are longer than the model takes are cut and reported: the header \`${truncatedInputsHeader}\` has their number
where there are any, and answers that are objects always have it as \`${truncatedInputsField}\`. With \`truncate: false\`
such a request is refused with \`INPUT_TOO_LONG\`; that works in every dialect, also in those whose original API has no
such field.
`;
}
