import { chatDialects, WeirError, type ChatMessage, type ChatTool } from "@weir/protocol";
import { encodeRequest } from "../http/encode-request.ts";
import type { HttpTarget } from "../http/http-target.ts";
import type { ChatPlan, ChatPrompt } from "./chat-plan.ts";

/** The API's only version so far; without it requests are refused. */
const anthropicVersion = "2023-06-01";

/** Turns messages into whole HTTP requests, the same way for all requests of a run. */
export class ChatRequestEncoder {
  readonly #plan: ChatPlan;
  readonly #target: HttpTarget;
  readonly #headers: Readonly<Record<string, string>>;

  /** Throws INVALID_REQUEST where the dialect has no word for something that the plan asks for. */
  constructor(plan: ChatPlan, target: HttpTarget, headers: Readonly<Record<string, string>>) {
    if (plan.ignoreEos && plan.dialect === "anthropic")
      throw new WeirError(
        "INVALID_REQUEST",
        "the anthropic dialect cannot ask for answers that go on past their end. Leave out --ignore-eos.",
      );
    this.#plan = plan;
    this.#target = target;
    const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    this.#headers = {
      "Content-Type": "application/json",
      ...(plan.dialect === "anthropic" && !given.has("anthropic-version")
        ? { "anthropic-version": anthropicVersion }
        : {}),
      ...headers,
    };
  }

  encode(
    messages: readonly ChatMessage[],
    maxTokens: ChatPrompt["maxTokens"],
    options: {
      readonly tools?: readonly ChatTool[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Uint8Array {
    const plan = this.#plan;
    const dialect = chatDialects[plan.dialect];
    const body = dialect.encodeRequest(
      {
        model: plan.model,
        messages,
        tools: options.tools ?? [],
        toolChoice: { kind: "auto" },
        maxTokens: maxTokens ?? plan.maxTokens,
        temperature: plan.temperature,
        topP: undefined,
        seed: undefined,
        stop: [],
        ignoreEos: plan.ignoreEos,
      },
      plan.stream ? { kind: "stream", usage: true } : { kind: "whole" },
    );
    return encodeRequest(this.#target, {
      method: "POST",
      path: dialect.path,
      headers: { ...this.#headers, ...options.headers },
      body,
    });
  }
}
