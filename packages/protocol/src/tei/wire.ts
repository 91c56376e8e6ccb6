/** POST /embed of Hugging Face's text-embeddings-inference. */
export interface TeiEmbedBody {
  readonly inputs: readonly string[] | readonly (readonly number[])[];
  readonly truncate: boolean;
  readonly normalize: boolean;
  readonly dimensions?: number;
  readonly prompt_name?: string;
}

/** The error types of its router. */
export type TeiErrorType = "Unhealthy" | "Backend" | "Overloaded" | "Validation" | "Tokenizer" | "Empty";

export interface TeiErrorBody {
  readonly error: string;
  readonly error_type: TeiErrorType;
}
