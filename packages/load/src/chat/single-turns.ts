import { WeirError } from "@weir/protocol";
import { cacheBusterLength } from "../embeddings/cache-buster.ts";
import type { ChatPrompt } from "./chat-plan.ts";
import type { ChatRequestEncoder } from "./chat-request-encoder.ts";
import { putInFront, type PromptBuster } from "./prompt-buster.ts";
import type { PromptCycle, TurnScript } from "./turn-script.ts";

/** A request ready to be sent, and where in it the cache-buster goes; undefined for a warm cache. */
export interface ChatTemplate {
  readonly bytes: Uint8Array;
  readonly slot: number | undefined;
}

/** Prepared requests may take this much memory; of more prompts only the first are used. */
const mostTemplateBytes = 128 * 1024 * 1024;

/** Encodes prompts once, so that sending one costs a copy. */
export function createChatTemplates(
  prompts: readonly ChatPrompt[],
  encoder: ChatRequestEncoder,
  buster: PromptBuster,
): ChatTemplate[] {
  const marker = buster.isWarm ? undefined : unusedMarker(prompts);
  const templates: ChatTemplate[] = [];
  let total = 0;
  for (const { messages, maxTokens } of prompts) {
    if (total >= mostTemplateBytes) break;
    const bytes = encoder.encode(marker === undefined ? messages : putInFront(messages, marker), maxTokens);
    templates.push({ bytes, slot: marker === undefined ? undefined : findSlot(bytes, marker) });
    total += bytes.length;
  }
  return templates;
}

/** One request a turn, from templates. */
export class SingleTurns implements TurnScript {
  readonly #templates: readonly ChatTemplate[];
  readonly #cycle: PromptCycle;
  readonly #buster: PromptBuster;
  #scratch: Uint8Array = new Uint8Array(0);

  constructor(templates: readonly ChatTemplate[], cycle: PromptCycle, buster: PromptBuster) {
    this.#templates = templates;
    this.#cycle = cycle;
    this.#buster = buster;
  }

  nextRequest(): Uint8Array {
    const { bytes, slot } = this.#templates[this.#cycle.nextIndex()]!;
    if (slot === undefined) return bytes;
    // A user has one request in flight, so one block of its own is enough: the template stays as it is for others.
    if (this.#scratch.buffer.byteLength < bytes.length) this.#scratch = new Uint8Array(bytes.length);
    const request = new Uint8Array(this.#scratch.buffer, 0, bytes.length);
    request.set(bytes);
    this.#buster.writeOver(request, slot);
    return request;
  }
}

function unusedMarker(prompts: readonly ChatPrompt[]): string {
  const texts = prompts.map(({ messages }) => JSON.stringify(messages));
  for (let number = 0; ; number += 1) {
    const marker = `zq${number.toString(36).padStart(cacheBusterLength - 2, "0")}`;
    if (!texts.some((text) => text.includes(marker))) return marker;
  }
}

function findSlot(bytes: Uint8Array, marker: string): number {
  const slot = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(marker);
  if (slot === -1) throw new WeirError("INTERNAL", "a request must hold its cache-buster, found none");
  return slot;
}
