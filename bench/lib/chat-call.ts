import { request, type Agent } from "node:http";

/** A streamed answer as its client saw it. Times count from the call. */
export interface ChatCall {
  /** To the first text. */
  readonly ttftMs: number;
  readonly totalMs: number;
  readonly text: string;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** What the engine says that it took to the first token; NaN where the dialect does not say. */
  readonly promptMs: number;
}

export interface ChatCallOptions {
  readonly url: string;
  readonly path: "/v1/chat/completions" | "/v1/completions" | "/api/generate";
  readonly agent: Agent;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whose conversation it is. */
  readonly agentId: string;
}

interface Part {
  readonly choices?: readonly { readonly text?: string; readonly delta?: { readonly content?: string } }[];
  readonly response?: string;
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  } | null;
  readonly prompt_eval_count?: number;
  readonly eval_count?: number;
  readonly prompt_eval_duration?: number;
}

/** Reads a streamed answer in OpenAI's dialects or in Ollama's. Rejects where it is refused or breaks off. */
export function callChat({ url, path, agent, body, agentId }: ChatCallOptions): Promise<ChatCall> {
  const sent = JSON.stringify({ stream: true, stream_options: { include_usage: true }, ...body });
  return new Promise((resolve, reject) => {
    const sentMs = performance.now();
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(sent),
      "x-agent-id": agentId,
    };
    const call = request(`${url}${path}`, { method: "POST", agent, headers }, (answer) => {
      let rest = "";
      let refusal = "";
      let text = "";
      let firstMs = Number.NaN;
      let found = {
        inputTokens: Number.NaN,
        cachedTokens: 0,
        outputTokens: Number.NaN,
        promptMs: Number.NaN,
      };
      const take = (part: Part): void => {
        const piece = part.choices?.[0]?.delta?.content ?? part.choices?.[0]?.text ?? part.response ?? "";
        if (piece !== "" && text === "") firstMs = performance.now();
        text += piece;
        if (part.usage)
          found = {
            ...found,
            inputTokens: part.usage.prompt_tokens,
            outputTokens: part.usage.completion_tokens,
            cachedTokens: part.usage.prompt_tokens_details?.cached_tokens ?? 0,
          };
        if (part.prompt_eval_duration !== undefined)
          found = {
            ...found,
            inputTokens: part.prompt_eval_count ?? 0,
            outputTokens: part.eval_count ?? 0,
            promptMs: part.prompt_eval_duration / 1e6,
          };
      };
      answer.setEncoding("utf8");
      answer.on("data", (bytes: string) => {
        if (answer.statusCode !== 200) return void (refusal += bytes);
        const lines = (rest + bytes).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const json = line.startsWith("data: ") ? line.slice(6) : line;
          if (json.startsWith("{")) take(JSON.parse(json) as Part);
        }
      });
      answer.once("error", reject);
      answer.once("end", () => {
        if (answer.statusCode !== 200) reject(new Error(`status ${answer.statusCode}: ${refusal}`));
        else if (Number.isNaN(found.outputTokens)) reject(new Error(`the answer broke off: ${text}`));
        else resolve({ ...found, text, ttftMs: firstMs - sentMs, totalMs: performance.now() - sentMs });
      });
    });
    call.once("error", reject);
    call.end(sent);
  });
}
