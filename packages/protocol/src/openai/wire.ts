/** POST /v1/embeddings, as the API reference has it. `truncate` is Weir's own addition. */
export interface OpenAIEmbeddingBody {
  readonly model?: string;
  readonly input: readonly string[] | readonly (readonly number[])[];
  readonly encoding_format: "float" | "base64";
  readonly dimensions?: number;
  readonly truncate?: false;
}

export interface OpenAIErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}
