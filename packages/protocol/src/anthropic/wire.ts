/** POST /v1/messages, the fields that Weir writes. */
export interface AnthropicBody {
  readonly model: string;
  readonly max_tokens: number;
  readonly system?: string;
  readonly messages: readonly AnthropicMessage[];
  readonly tools?: readonly {
    readonly name: string;
    readonly description: string;
    readonly input_schema: object;
  }[];
  readonly tool_choice?: {
    readonly type: "auto" | "none" | "any" | "tool";
    readonly name?: string;
    readonly disable_parallel_tool_use?: true;
  };
  readonly output_config?: { readonly format: { readonly type: "json_schema"; readonly schema: object } };
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly stop_sequences?: readonly string[];
  readonly stream?: true;
}

export interface AnthropicMessage {
  readonly role: "user" | "assistant";
  readonly content: string | readonly Readonly<Record<string, unknown>>[];
}

/** `input_tokens` are those that came from no cache. */
export interface AnthropicUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly output_tokens: number;
}

export interface AnthropicErrorBody {
  readonly type: "error";
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string;
}
