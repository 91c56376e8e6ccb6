import type { KeptAnswer } from "../streams/kept-answer.ts";
import type { ChatPrompt } from "./chat-plan.ts";

/** What one user says next, given what was answered. */
export interface TurnScript {
  /** Valid until the next call. */
  nextRequest(): Uint8Array;
  /** A good answer came. `kept` holds what it said where the script keeps answers. */
  takeAnswer?(kept: KeptAnswer): void;
  /** Whether the next request belongs to the same turn. */
  readonly continues?: boolean;
  /** A request failed: the next one begins anew. */
  abandon?(): void;
}

/** Goes round through prompts in the order of the run, from a place of its own. */
export class PromptCycle {
  readonly #prompts: readonly ChatPrompt[];
  readonly #order: Uint32Array;
  #place: number;

  constructor(prompts: readonly ChatPrompt[], order: Uint32Array, first: number) {
    this.#prompts = prompts;
    this.#order = order;
    this.#place = first;
  }

  next(): ChatPrompt {
    return this.#prompts[this.nextIndex()]!;
  }

  nextIndex(): number {
    const index = this.#order[this.#place]!;
    this.#place = this.#place + 1 === this.#order.length ? 0 : this.#place + 1;
    return index;
  }
}
