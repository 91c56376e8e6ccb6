/** POST /api/chat, the fields that Weir writes. */
export interface OllamaChatBody {
  readonly model: string;
  readonly messages: readonly OllamaMessage[];
  readonly tools?: readonly object[];
  readonly format?: "json" | object;
  readonly stream: boolean;
  readonly options?: OllamaOptions;
}

/** POST /api/generate. */
export interface OllamaGenerateBody {
  readonly model: string;
  readonly prompt: string;
  readonly system?: string;
  readonly images?: readonly string[];
  readonly format?: "json" | object;
  readonly stream: boolean;
  readonly options?: OllamaOptions;
}

export interface OllamaOptions {
  readonly num_predict?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
}

/** `images` are base64 without a `data:` prefix; a tool's answer names the tool, for not every version has ids of calls. */
export interface OllamaMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  readonly images?: readonly string[];
  readonly tool_calls?: readonly {
    readonly function: { readonly name: string; readonly arguments: unknown };
  }[];
  readonly tool_name?: string;
  readonly tool_call_id?: string;
}
