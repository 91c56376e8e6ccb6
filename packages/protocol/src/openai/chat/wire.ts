/** POST /v1/chat/completions, the fields that Weir writes. `ignore_eos` and `top_k` are vLLM's own. */
export interface OpenAIChatBody {
  readonly model?: string;
  readonly messages: readonly OpenAIMessage[];
  readonly tools?: readonly OpenAITool[];
  readonly tool_choice?: unknown;
  readonly parallel_tool_calls?: false;
  readonly response_format?: object;
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly ignore_eos?: true;
  readonly stream?: true;
  readonly stream_options?: { readonly include_usage: true };
}

export interface OpenAIMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | readonly Readonly<Record<string, unknown>>[] | null;
  readonly tool_calls?: readonly OpenAIToolCall[];
  readonly tool_call_id?: string;
}

export interface OpenAIToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface OpenAITool {
  readonly type: "function";
  readonly function: { readonly name: string; readonly description: string; readonly parameters: object };
}

/** `prompt_tokens` holds cached ones too, `completion_tokens` reasoning too. */
export interface OpenAIUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
  readonly completion_tokens_details: { readonly reasoning_tokens: number };
}
