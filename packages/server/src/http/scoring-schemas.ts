import { Type, type TSchema } from "typebox";

const rawScores = Type.Optional(
  Type.Boolean({
    default: false,
    description: "The model's own scores, instead of the sigmoid of one or the softmax of several.",
  }),
);
const truncate = Type.Optional(
  Type.Boolean({ default: true, description: "Cut what is longer than the model takes; false refuses it." }),
);
const truncation_direction = Type.Optional(Type.Union([Type.Literal("right"), Type.Literal("Right")]));
const terms = { raw_scores: rawScores, truncate, truncation_direction };

export const rerankBody: TSchema = Type.Object({
  query: Type.String(),
  texts: Type.Array(Type.String(), { minItems: 1 }),
  return_text: Type.Optional(Type.Boolean({ default: false, description: "Give the texts back." })),
  ...terms,
});

const sequence = Type.Array(Type.String(), { minItems: 1, maxItems: 2 });

export const predictBody: TSchema = Type.Object({
  inputs: Type.Union([Type.String(), sequence, Type.Array(sequence, { minItems: 1 })], {
    description: "A text, a pair of texts, or a list of lists of one or two texts.",
  }),
  ...terms,
});

/** What a route tells of itself. */
interface RouteSchema {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly body: TSchema;
  readonly response: Readonly<Record<number, TSchema>>;
}

const predictions = Type.Array(Type.Object({ score: Type.Number(), label: Type.String() }));
const tags = ["scores"];

/** What the routes tell of themselves; what is accepted is decided by the dialect in @weir/protocol. */
export const scoringSchemas: Readonly<Record<"rerank" | "predict", RouteSchema>> = {
  rerank: {
    summary: "How well each text answers a query (TEI)",
    tags,
    body: rerankBody,
    response: {
      200: Type.Array(
        Type.Object({ index: Type.Integer(), text: Type.Optional(Type.String()), score: Type.Number() }),
      ),
    },
  },
  predict: {
    summary: "Labels of texts and pairs of texts (TEI)",
    tags,
    body: predictBody,
    response: { 200: Type.Union([predictions, Type.Array(predictions)]) },
  },
};
