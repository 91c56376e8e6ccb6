import type { ChatDialectName, ChatMessage, ChatTool } from "@weir/protocol";
import type { KeptAnswer } from "../streams/kept-answer.ts";
import type { ChatPrompt } from "./chat-plan.ts";
import type { ChatRequestEncoder } from "./chat-request-encoder.ts";
import { answerToolCall } from "./chat-tools.ts";
import type { PromptBuster } from "./prompt-buster.ts";
import { parseArguments, type ToolCallCheck } from "./tool-call-check.ts";
import type { PromptCycle, TurnScript } from "./turn-script.ts";

export interface ToolTurnParts {
  readonly encoder: ChatRequestEncoder;
  readonly cycle: PromptCycle;
  readonly buster: PromptBuster;
  readonly check: ToolCallCheck;
  readonly dialect: ChatDialectName;
  readonly tools: readonly ChatTool[];
  readonly toolTurns: number;
}

interface Task {
  readonly maxTokens: ChatPrompt["maxTokens"];
  readonly messages: ChatMessage[];
  callsDone: number;
}

/**
 * A task that takes tools: so many requests are due to be answered with a call, whose answer goes into the next, and one
 * in text. The model chooses (`tool_choice` stays auto, as agents have it): a text where a call was due ends the task,
 * and is counted.
 */
export class ToolTurns implements TurnScript {
  readonly #parts: ToolTurnParts;
  #task: Task | undefined;

  constructor(parts: ToolTurnParts) {
    this.#parts = parts;
  }

  get continues(): boolean {
    return this.#task !== undefined;
  }

  nextRequest(): Uint8Array {
    const { encoder, tools } = this.#parts;
    this.#task ??= this.#begin();
    return encoder.encode(this.#task.messages, this.#task.maxTokens, { tools });
  }

  takeAnswer(kept: KeptAnswer): void {
    const { check, toolTurns, dialect } = this.#parts;
    const task = this.#task!;
    const calls = kept.toolCalls;
    const callIsDue = task.callsDone < toolTurns;
    if (callIsDue) check.takeCalls(calls);
    else check.takeText(kept.text, calls);
    if (!callIsDue || calls.length === 0) {
      this.#task = undefined;
      return;
    }
    task.callsDone += 1;
    // What is no JSON cannot be sent back in every dialect.
    const toolCalls = calls.map((call) =>
      parseArguments(call.argumentsJson) === undefined ? { ...call, argumentsJson: "{}" } : call,
    );
    task.messages.push({ role: "assistant", text: kept.text, reasoning: "", toolCalls });
    for (const call of calls) {
      const callId = dialect === "ollama" ? call.name : call.id;
      task.messages.push({ role: "tool", callId, text: answerToolCall(call) });
    }
  }

  abandon(): void {
    this.#task = undefined;
  }

  #begin(): Task {
    const { cycle, buster } = this.#parts;
    const prompt = cycle.next();
    return { maxTokens: prompt.maxTokens, messages: [...buster.bust(prompt.messages)], callsDone: 0 };
  }
}
