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
