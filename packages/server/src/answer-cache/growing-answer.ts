import type { ChatHooks, ChatStart } from "@weir/engine";
import type { ChatEvent } from "@weir/protocol";

/** An answer that is being computed, for all who asked for it: who comes later is given at once what there is so far. */
export class GrowingAnswer {
  readonly #events: ChatEvent[] = [];
  readonly #readers = new Set<ChatHooks>();
  #start: ChatStart | undefined;

  get events(): readonly ChatEvent[] {
    return this.#events;
  }

  begin(start: ChatStart): void {
    this.#start = start;
    for (const reader of this.#readers) reader.onStart?.(start);
  }

  add(events: readonly ChatEvent[]): void {
    this.#events.push(...events);
    for (const reader of this.#readers) reader.onEvents(events);
  }

  /** Returns what ends it for this reader. */
  follow(reader: ChatHooks): () => void {
    this.#readers.add(reader);
    if (this.#start !== undefined) reader.onStart?.(this.#start);
    if (this.#events.length > 0) reader.onEvents([...this.#events]);
    return () => void this.#readers.delete(reader);
  }
}
