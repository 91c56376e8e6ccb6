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

/** GET /v1/models/{id}: one of them, as it stands in the list. */
export function encodeModelResponse(model: ListedModel, dialect: "openai" | "anthropic"): Json {
  return dialect === "openai" ? toOpenAI(model) : toAnthropic(model);
}

function encodeForOpenAI(models: readonly ListedModel[]): Json {
  return { object: "list", data: models.map(toOpenAI) };
}

function encodeForAnthropic(models: readonly ListedModel[]): Json {
  return {
    data: models.map(toAnthropic),
    has_more: false,
    first_id: models[0]?.name ?? null,
    last_id: models.at(-1)?.name ?? null,
  };
}

function toOpenAI({ name, createdAt }: ListedModel): Json {
  return { id: name, object: "model", created: Math.floor(createdAt.getTime() / 1000), owned_by: "weir" };
}

function toAnthropic({ name, createdAt }: ListedModel): Json {
  return { type: "model", id: name, display_name: name, created_at: createdAt.toISOString() };
}
