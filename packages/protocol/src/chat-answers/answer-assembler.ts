import type { ChatEvent, ChatFinish, ChatTiming, ChatUsage, FinishReason } from "../canonical/chat.ts";
import { WeirError } from "../canonical/weir-error.ts";
import type { WireCounts, WireStep } from "./wire-step.ts";

interface OpenCall {
  readonly index: number;
  readonly place: number | undefined;
  /** As the server gave it; empty where it gave none. */
  readonly wireId: string;
  /** Undefined until its name is known; its arguments wait meanwhile. */
  name: string | undefined;
  heldJson: string;
}

type CallStep = Extract<WireStep, { readonly kind: "call" }>;

/** Makes an answer's events out of what its wire events say, one after the other. */
export class AnswerAssembler {
  readonly #createCallId: () => string;
  #calls = 0;
  #call: OpenCall | undefined;
  readonly #callsByPlace = new Map<number, OpenCall>();
  #reason: FinishReason | undefined;
  #stopSequence = "";
  #counts: WireCounts = {};
  #timing: ChatTiming | undefined;
  #finished = false;

  constructor(createCallId: () => string) {
    this.#createCallId = createCallId;
  }

  /** Whether why the answer ended has been said. */
  get hasReason(): boolean {
    return this.#reason !== undefined;
  }

  /** Whether the answer is complete: what follows counts no more. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Adds the events of a step. Throws the error that a step is, and TARGET_ANSWER_INVALID for calls without a name. */
  take(step: WireStep, out: ChatEvent[]): void {
    switch (step.kind) {
      case "text":
      case "reasoning":
        if (step.text !== "") out.push(step);
        return;
      case "call":
        this.#takeCall(step, out);
        return;
      case "reason":
        this.#reason = step.reason;
        this.#stopSequence = step.stopSequence ?? "";
        return;
      case "counts":
        this.#counts = mergeCounts(this.#counts, step.counts);
        return;
      case "timing":
        this.#timing = step.timing;
        return;
      case "error":
        throw step.error;
      case "end":
        this.finish(out);
    }
  }

  /** Arguments of a call that has begun, without a step around them. False where it is another's turn. */
  takeArguments(place: number | undefined, json: string, out: ChatEvent[]): boolean {
    const call = this.#call;
    if (call === undefined || call.place !== place || call.name === undefined) return false;
    out.push({ kind: "tool-arguments", index: call.index, json });
    return true;
  }

  finish(out: ChatEvent[]): void {
    if (this.#finished) return;
    const call = this.#call;
    if (call !== undefined && call.name === undefined) throw nameless();
    this.#finished = true;
    out.push({ kind: "finish", finish: this.#toFinish() });
  }

  #takeCall(step: CallStep, out: ChatEvent[]): void {
    const known = this.#findCall(step);
    // Arguments of what is no call here, such as of a tool that the server calls itself.
    if (known === undefined && step.id === "" && step.name === "") return;
    const call = known ?? this.#openCall(step);
    if (call.name !== undefined) {
      if (step.json !== "") out.push({ kind: "tool-arguments", index: call.index, json: step.json });
      return;
    }
    call.heldJson += step.json;
    if (step.name === "") return;
    call.name = step.name;
    const id = call.wireId === "" ? this.#createCallId() : call.wireId;
    out.push({ kind: "tool-call", index: call.index, id, name: step.name });
    if (call.heldJson !== "") out.push({ kind: "tool-arguments", index: call.index, json: call.heldJson });
    call.heldJson = "";
  }

  /** The call that a step goes on with. Undefined where it begins one. */
  #findCall({ place, id, name }: CallStep): OpenCall | undefined {
    const call = place === undefined ? this.#call : this.#callsByPlace.get(place);
    if (call === undefined) return undefined;
    // Some servers number every call 0, or none: another id or, without ids, another name is another call.
    const isOther =
      id !== "" && call.wireId !== "" ? id !== call.wireId : place === undefined && name !== "" && id === "";
    return isOther && call.name !== undefined ? undefined : call;
  }

  #openCall({ place, id }: CallStep): OpenCall {
    if (this.#call !== undefined && this.#call.name === undefined) throw nameless();
    const call = { index: this.#calls, place, wireId: id, name: undefined, heldJson: "" };
    this.#calls += 1;
    this.#call = call;
    if (place !== undefined) this.#callsByPlace.set(place, call);
    return call;
  }

  #toFinish(): ChatFinish {
    const reason = this.#reason ?? "end";
    const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = this.#counts;
    const counted = inputTokens !== undefined || outputTokens !== undefined;
    const usage: ChatUsage = {
      inputTokens: inputTokens ?? 0,
      outputTokens: outputTokens ?? 0,
      cachedInputTokens: Math.min(cachedInputTokens ?? 0, inputTokens ?? 0),
      reasoningTokens: Math.min(reasoningTokens ?? 0, outputTokens ?? 0),
    };
    return {
      // Ollama has no other word, and OpenAI says "stop" where the one tool to call was named.
      reason: reason === "end" && this.#calls > 0 ? "tool-calls" : reason,
      usage,
      ...(counted ? {} : { counted }),
      ...(this.#stopSequence === "" ? {} : { stopSequence: this.#stopSequence }),
      ...(this.#timing === undefined ? {} : { timing: this.#timing }),
    };
  }
}

function nameless(): WeirError {
  return new WeirError("TARGET_ANSWER_INVALID", "expected a call of a tool to have a name, got one without");
}

/** Counts only grow; some servers send zeros once they have sent the numbers. */
function mergeCounts(before: WireCounts, next: WireCounts): WireCounts {
  return {
    inputTokens: larger(before.inputTokens, next.inputTokens),
    outputTokens: larger(before.outputTokens, next.outputTokens),
    cachedInputTokens: larger(before.cachedInputTokens, next.cachedInputTokens),
    reasoningTokens: larger(before.reasoningTokens, next.reasoningTokens),
  };
}

function larger(before: number | undefined, next: number | undefined): number | undefined {
  return before === undefined || next === undefined ? (next ?? before) : Math.max(before, next);
}
