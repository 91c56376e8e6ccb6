import type { ChatDialectName, ChatToolCall } from "@weir/protocol";
import { fieldsOf } from "./describe-error.ts";

/** What an answer says, put together from its events. */
export class KeptAnswer {
  text = "";
  reasoning = "";
  readonly #add: (answer: KeptAnswer, event: unknown) => void;
  // By the index that a dialect gives a call or its block; order is that of their first pieces.
  readonly #calls = new Map<number, { id: string; name: string; argumentsJson: string }>();

  constructor(dialect: ChatDialectName) {
    this.#add = adders[dialect];
  }

  /** An empty object is how Anthropic begins a call; so is a text without characters elsewhere. */
  get toolCalls(): ChatToolCall[] {
    return [...this.#calls.values()].map((call, index) => ({
      id: call.id === "" ? `call_${index}` : call.id,
      name: call.name,
      argumentsJson: call.argumentsJson === "" ? "{}" : call.argumentsJson,
    }));
  }

  get isEmpty(): boolean {
    return this.text === "" && this.reasoning === "" && this.#calls.size === 0;
  }

  begin(): void {
    this.text = "";
    this.reasoning = "";
    this.#calls.clear();
  }

  /** Adds a parsed event of a stream, or a whole answer. What it does not know it leaves out. */
  add(event: unknown): void {
    this.#add(this, event);
  }

  /** @param index of a call that may be known already; undefined for one that is new and whole */
  addCall(index: number | undefined, id: unknown, name: unknown, argumentsPiece: unknown): void {
    const key = index ?? this.#calls.size;
    const call = this.#calls.get(key) ?? { id: "", name: "", argumentsJson: "" };
    this.#calls.set(key, call);
    if (typeof id === "string" && id !== "") call.id = id;
    // A few servers repeat the name in every piece.
    if (typeof name === "string" && name !== "") call.name = name;
    if (typeof argumentsPiece === "string") call.argumentsJson += argumentsPiece;
    else if (isFilledObject(argumentsPiece)) call.argumentsJson += JSON.stringify(argumentsPiece);
  }
}

const adders: Readonly<Record<ChatDialectName, (answer: KeptAnswer, event: unknown) => void>> = {
  openai: addOpenAI,
  anthropic: addAnthropic,
  ollama: addOllama,
  "ollama-generate": addOllama,
};

function addOpenAI(answer: KeptAnswer, event: unknown): void {
  const choice = fieldsOf(listOf(fieldsOf(event)["choices"])[0]);
  const said = fieldsOf(choice["delta"] ?? choice["message"]);
  answer.text += textIn(said["content"]) + textIn(said["refusal"]);
  answer.reasoning += textIn(said["reasoning_content"] ?? said["reasoning"] ?? said["thinking"]);
  for (const [place, item] of listOf(said["tool_calls"]).entries()) {
    const call = fieldsOf(item);
    const called = fieldsOf(call["function"]);
    const index = typeof call["index"] === "number" ? call["index"] : place;
    answer.addCall(index, call["id"], called["name"], called["arguments"]);
  }
  const legacy = fieldsOf(said["function_call"]);
  if (Object.keys(legacy).length > 0) answer.addCall(0, "", legacy["name"], legacy["arguments"]);
}

function addAnthropic(answer: KeptAnswer, event: unknown): void {
  const fields = fieldsOf(event);
  const index = typeof fields["index"] === "number" ? fields["index"] : undefined;
  if (index !== undefined) {
    addAnthropicBlock(answer, index, fieldsOf(fields["content_block"]));
    const delta = fieldsOf(fields["delta"]);
    answer.text += textIn(delta["text"]);
    answer.reasoning += textIn(delta["thinking"]);
    if (typeof delta["partial_json"] === "string") answer.addCall(index, "", "", delta["partial_json"]);
  }
  for (const [place, block] of listOf(fields["content"]).entries())
    addAnthropicBlock(answer, place, fieldsOf(block));
}

function addAnthropicBlock(
  answer: KeptAnswer,
  index: number,
  block: Readonly<Record<string, unknown>>,
): void {
  answer.text += textIn(block["text"]);
  answer.reasoning += textIn(block["thinking"]);
  if (block["type"] === "tool_use") answer.addCall(index, block["id"], block["name"], block["input"]);
}

function addOllama(answer: KeptAnswer, event: unknown): void {
  const line = fieldsOf(event);
  const said = fieldsOf(line["message"]);
  answer.text += textIn(said["content"]) + textIn(line["response"]);
  answer.reasoning += textIn(said["thinking"]) + textIn(line["thinking"]);
  for (const item of listOf(said["tool_calls"])) {
    const call = fieldsOf(item);
    const called = fieldsOf(call["function"]);
    answer.addCall(undefined, call["id"], called["name"], called["arguments"]);
  }
}

/** A text, or the texts of a list of parts. */
function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  return listOf(content)
    .map((part) => textIn(fieldsOf(part)["text"]))
    .join("");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isFilledObject(value: unknown): boolean {
  return Object.keys(fieldsOf(value)).length > 0;
}
