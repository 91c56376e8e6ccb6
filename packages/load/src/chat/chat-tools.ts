import type { ChatTool, ChatToolCall } from "@weir/protocol";
import { contentHash } from "@weir/stats";
import { parseArguments } from "./tool-call-check.ts";

/** Tools that any model knows how to use, for runs that bring none of their own. */
export const defaultChatTools: readonly ChatTool[] = [
  {
    name: "get_weather",
    description: "The current weather of a city.",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string", description: "Name of the city, for example Lisbon" },
        unit: { type: "string", enum: ["celsius", "fahrenheit"] },
      },
      required: ["city"],
      additionalProperties: false,
    },
  },
  {
    name: "search_documents",
    description: "Finds passages in the company's documents.",
    parameters: {
      type: "object",
      properties: {
        query: { type: "string", description: "What to look for" },
        limit: { type: "integer", minimum: 1, maximum: 20, description: "Most passages to return" },
      },
      required: ["query"],
      additionalProperties: false,
    },
  },
  {
    name: "convert_currency",
    description: "Converts an amount of money at today's rate.",
    parameters: {
      type: "object",
      properties: {
        amount: { type: "number", minimum: 0 },
        from: { type: "string", description: "Three letters, for example EUR" },
        to: { type: "string", description: "Three letters, for example JPY" },
      },
      required: ["amount", "from", "to"],
      additionalProperties: false,
    },
  },
];

const hashedCharacters = 256;

/**
 * What a tool answers: JSON that name and arguments decide entirely, about as long for every call, so that prompts of
 * one run grow as those of another do.
 */
export function answerToolCall({ name, argumentsJson }: ChatToolCall): string {
  const values = parseArguments(argumentsJson);
  if (values === undefined) return JSON.stringify({ error: "the arguments are not a JSON object" });
  const hash = contentHash(`${name} ${argumentsJson.slice(0, hashedCharacters)}`);
  const number = Number.parseInt(hash.slice(0, 8), 16);
  switch (name) {
    case "get_weather":
      return JSON.stringify({
        temperature: (number % 350) / 10,
        conditions: "light rain",
        humidity: 40 + (number % 50),
      });
    case "search_documents":
      return JSON.stringify({
        passages: [{ document: `handbook-${number % 100}`, text: "A weir measures the flow of a river." }],
      });
    case "convert_currency":
      return JSON.stringify({ rate: 1 + (number % 1000) / 1000, amount: (number % 100_000) / 100 });
    default:
      return JSON.stringify({ ok: true, tool: name, value: number % 1000 });
  }
}
