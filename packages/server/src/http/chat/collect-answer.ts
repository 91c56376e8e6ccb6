import type { ChatEvent, ChatFinish, ChatToolCall } from "@weir/protocol";

/** Puts an answer together from its events. */
export class AnswerParts {
  readonly #text: string[] = [];
  readonly #reasoning: string[] = [];
  readonly #calls = new Map<number, { id: string; name: string; json: string[] }>();
  finish: ChatFinish | undefined;

  add(event: ChatEvent): void {
    switch (event.kind) {
      case "text":
        this.#text.push(event.text);
        return;
      case "reasoning":
        this.#reasoning.push(event.text);
        return;
      case "tool-call":
        this.#calls.set(event.index, { id: event.id, name: event.name, json: [] });
        return;
      case "tool-arguments":
        this.#calls.get(event.index)?.json.push(event.json);
        return;
      case "finish":
        this.finish = event.finish;
    }
  }

  get text(): string {
    return this.#text.join("");
  }

  get reasoning(): string {
    return this.#reasoning.join("");
  }

  get toolCalls(): readonly ChatToolCall[] {
    return Array.from(this.#calls.values(), ({ id, name, json }) => ({
      id,
      name,
      argumentsJson: json.join("") || "{}",
    }));
  }
}
