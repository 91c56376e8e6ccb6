import type { ChatPrompt } from "@weir/load";
import { chatDialects, WeirError } from "@weir/protocol";

/**
 * Reads prompts, one JSON value a line: a string, `{"prompt": "..."}`, or `{"messages": [...]}` as OpenAI's API takes
 * them; the two objects may have `max_tokens`. Other fields of an object are left aside, so the bodies of logged
 * requests can be used as they are; empty lines are passed over. Throws USAGE with file and line for anything else, and
 * where there is no prompt at all.
 */
export function parsePrompts(text: string, file: string): readonly ChatPrompt[] {
  const prompts: ChatPrompt[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() !== "") prompts.push(parseLine(line, `line ${index + 1} of ${file}`));
  }
  if (prompts.length > 0) return prompts;
  throw new WeirError(
    "USAGE",
    `--prompts: expected at least one prompt in ${file}, got none. Write one a line, as a JSON string or as {"messages": [...]}.`,
  );
}

const shapes = 'a JSON string, {"prompt": "..."} or {"messages": [...]}';

function parseLine(line: string, place: string): ChatPrompt {
  const value = parseJson(line, place);
  if (typeof value === "string") return toPrompt({ prompt: value }, place);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return toPrompt(value as Readonly<Record<string, unknown>>, place);
  throw refuse(place, shapes, excerpt(line));
}

function parseJson(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw refuse(place, shapes, `${excerpt(line)}, which is no JSON: ${(error as Error).message}`);
  }
}

function toPrompt(fields: Readonly<Record<string, unknown>>, place: string): ChatPrompt {
  const { prompt, messages } = fields;
  if (prompt === undefined && messages === undefined)
    throw refuse(place, shapes, `an object with ${Object.keys(fields).join(", ") || "nothing in it"}`);
  if (prompt !== undefined && messages !== undefined)
    throw refuse(place, "prompt or messages", "both. Leave one of them out");
  if (prompt !== undefined && (typeof prompt !== "string" || prompt === ""))
    throw refuse(place, "a prompt that is a text", excerpt(JSON.stringify(prompt)));
  try {
    // The reader of the server's side: what it takes is what a server of this dialect takes.
    const { request } = chatDialects.openai.parseRequest({
      messages: messages ?? [{ role: "user", content: prompt }],
      max_tokens: fields["max_tokens"],
      max_completion_tokens: fields["max_completion_tokens"],
    });
    const { maxTokens } = request;
    return { messages: request.messages, ...(maxTokens !== undefined && { maxTokens }) };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    throw new WeirError("USAGE", `--prompts: in ${place}: ${error.message}`, { cause: error });
  }
}

function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function refuse(place: string, expected: string, got: string): WeirError {
  return new WeirError("USAGE", `--prompts: expected ${expected} in ${place}, got ${got}.`);
}
