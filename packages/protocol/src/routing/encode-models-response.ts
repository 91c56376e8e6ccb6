/** A served model, as GET /v1/models lists it. */
export interface ListedModel {
  readonly name: string;
  /** When it was loaded. */
  readonly createdAt: Date;
}

type Json = Readonly<Record<string, unknown>>;

/** GET /v1/models in OpenAI's shape, or in Anthropic's (one page with everything). */
export function encodeModelsResponse(models: readonly ListedModel[], dialect: "openai" | "anthropic"): Json {
  return dialect === "openai" ? encodeForOpenAI(models) : encodeForAnthropic(models);
}

function encodeForOpenAI(models: readonly ListedModel[]): Json {
  const data = models.map(({ name, createdAt }) => ({
    id: name,
    object: "model",
    created: Math.floor(createdAt.getTime() / 1000),
    owned_by: "weir",
  }));
  return { object: "list", data };
}

function encodeForAnthropic(models: readonly ListedModel[]): Json {
  const data = models.map(({ name, createdAt }) => ({
    type: "model",
    id: name,
    display_name: name,
    created_at: createdAt.toISOString(),
  }));
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}
