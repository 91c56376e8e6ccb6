import type { ChatEvent } from "@weir/protocol";

/** Collects events and joins neighbours that go on with each other. */
export class EventJoiner {
  #events: ChatEvent[] = [];

  add(event: ChatEvent): void {
    const last = this.#events.at(-1);
    const at = this.#events.length - 1;
    if (event.kind === "text" && last?.kind === "text")
      this.#events[at] = { kind: "text", text: last.text + event.text };
    else if (event.kind === "reasoning" && last?.kind === "reasoning")
      this.#events[at] = { kind: "reasoning", text: last.text + event.text };
    else if (event.kind === "tool-arguments" && last?.kind === "tool-arguments" && last.index === event.index)
      this.#events[at] = { ...last, json: last.json + event.json };
    else if (event.kind !== "tool-arguments" || event.json !== "") this.#events.push(event);
  }

  take(): readonly ChatEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
