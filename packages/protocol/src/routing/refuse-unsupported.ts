import type { ChatRequest } from "../canonical/chat.ts";
import type { ChatDialectName } from "../canonical/chat-dialect.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { isFields, readBody, readField, unexpected, type Fields } from "../fields/read-fields.ts";
import { readObjects } from "../fields/read-lists.ts";

/** A field that asks for another answer than one that is written here, unless its value is one of those that change nothing. */
interface Unsupported {
  readonly field: string;
  readonly harmless: (value: unknown) => boolean;
  readonly nextStep: string;
}

const leaveOut = "Leave it out.";
const isAtMostOne = (value: unknown): boolean => value === 1;
const isOff = (value: unknown): boolean => value === false || value === 0;
const isEmpty = (value: unknown): boolean =>
  value === "" ||
  (Array.isArray(value) && value.length === 0) ||
  (isFields(value) && Object.keys(value).length === 0);
const isTextOnly = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => entry === "text");
const never = (): boolean => false;

const penalties: readonly Unsupported[] = ["presence_penalty", "frequency_penalty"].map((field) => ({
  field,
  harmless: isOff,
  nextStep: leaveOut,
}));

const openai: readonly Unsupported[] = [
  { field: "n", harmless: isAtMostOne, nextStep: "Send the request as often as there shall be answers." },
  { field: "best_of", harmless: isAtMostOne, nextStep: leaveOut },
  { field: "logprobs", harmless: (value) => value === false, nextStep: leaveOut },
  { field: "top_logprobs", harmless: isOff, nextStep: leaveOut },
  { field: "logit_bias", harmless: isEmpty, nextStep: leaveOut },
  ...penalties,
  { field: "audio", harmless: never, nextStep: leaveOut },
  { field: "modalities", harmless: isTextOnly, nextStep: 'Only "text" is written here.' },
  { field: "web_search_options", harmless: never, nextStep: leaveOut },
  { field: "functions", harmless: isEmpty, nextStep: "Send them as tools." },
  {
    field: "function_call",
    harmless: (value) => value === "auto" || value === "none",
    nextStep: "Send tool_choice.",
  },
  { field: "suffix", harmless: isEmpty, nextStep: "Texts are only continued at their end." },
  { field: "echo", harmless: isOff, nextStep: leaveOut },
];

const ollama: readonly Unsupported[] = [
  { field: "logprobs", harmless: isOff, nextStep: leaveOut },
  { field: "top_logprobs", harmless: isOff, nextStep: leaveOut },
  {
    field: "suffix",
    harmless: isEmpty,
    nextStep: "Texts are only continued at their end: leave it out.",
  },
  {
    field: "template",
    harmless: isEmpty,
    nextStep: "The model's own is used: leave it out, or send the whole prompt with raw.",
  },
];

const unsupported: Readonly<Record<ChatDialectName, readonly Unsupported[]>> = {
  openai,
  anthropic: [
    { field: "mcp_servers", harmless: isEmpty, nextStep: "Let the client call their tools." },
    { field: "container", harmless: isEmpty, nextStep: leaveOut },
  ],
  ollama,
  "ollama-generate": ollama,
};

/**
 * Refuses what a dialect knows and what would be another answer here, as its body says it: several answers, probabilities, audio,
 * tools that a server runs. What has no bearing on the answer is left alone. Throws INVALID_REQUEST with the field.
 */
export function refuseUnsupported(body: unknown, dialect: ChatDialectName): void {
  const fields = readBody(body);
  for (const { field, harmless, nextStep } of unsupported[dialect]) {
    const value = readField(fields, field) ?? undefined;
    if (value === undefined || harmless(value)) continue;
    throw unexpected(field, "nothing, as it is not supported here", value, nextStep);
  }
  if (dialect === "anthropic") refuseServerTools(fields);
}

/** Anthropic's own tools are run by its servers, or have schemas that only its models know. */
function refuseServerTools(fields: Fields): void {
  for (const { item, place } of readObjects(fields, "tools")) {
    const type = readField(item, "type") ?? "custom";
    if (type !== "custom")
      throw unexpected(`${place}.type`, "custom", type, "Describe the tool with an input_schema.");
  }
}

/** Refuses what no model here can do, whatever the dialect. Throws INVALID_REQUEST with a field. */
export function checkChatRequest(request: ChatRequest): void {
  const { temperature, topP, tools, toolChoice } = request;
  if (temperature !== undefined && temperature < 0)
    throw unexpected("temperature", "a number of at least 0", temperature, "Correct it or leave it out.");
  if (topP !== undefined && !(topP >= 0 && topP <= 1))
    throw unexpected("top_p", "a number from 0 to 1", topP, "Correct it or leave it out.");
  if (toolChoice.kind === "any" && tools.length === 0)
    throw new WeirError(
      "INVALID_REQUEST",
      "tool_choice: expected tools to choose from, got none. Send tools.",
      { field: "tool_choice" },
    );
  if (toolChoice.kind === "tool" && !tools.some(({ name }) => name === toolChoice.name)) {
    const names = tools.map(({ name }) => name).join(", ") || "no tools";
    throw unexpected("tool_choice", `one of ${names}`, toolChoice.name, "Correct it.");
  }
}

/** Refuses images, for models that read text alone. Throws INVALID_REQUEST with the message's place. */
export function refuseImages({ messages }: ChatRequest): void {
  for (const message of messages) {
    if (message.role !== "user" || message.parts.every(({ kind }) => kind === "text")) continue;
    const text = "messages: expected texts, got an image. The model reads no images: leave them out.";
    throw new WeirError("INVALID_REQUEST", text, { field: "messages" });
  }
}
