/** POST /api/embed. */
export interface OllamaEmbedBody {
  readonly model: string;
  readonly input: readonly string[];
  readonly truncate: boolean;
  readonly dimensions?: number;
}

export interface OllamaErrorBody {
  readonly error: string;
}
