import { readFile } from "node:fs/promises";
import { type ChatRequest, type ChatTool, createChatRequest, WeirError } from "@weir/protocol";

/**
 * Requests that begin as a prewarm file says: a JSON list of `{"system": string, "tools": [...]}`, tools in the way of OpenAI or
 * Anthropic. Their user's message is to be replaced. Throws USAGE.
 */
export async function readPrewarm(path: string): Promise<readonly ChatRequest[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw usage(
      path,
      error.code === "ENOENT" ? "nothing is there" : `it cannot be read (${error.code})`,
      error,
    );
  });
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    throw usage(path, `it is no JSON (${(error as Error).message})`, error);
  }
  if (!Array.isArray(entries)) throw usage(path, "it is no list");
  return entries.map((entry, index) => toRequest(path, index, entry));
}

/** Whether the context has room for the tokens of an entry and one more. Throws USAGE. */
export function checkPrewarmLength(path: string, index: number, tokens: number, contextTokens: number): void {
  if (tokens === 0) throw usage(path, `the model's template leaves nothing of entry ${index}`);
  if (tokens < contextTokens) return;
  const room = `--context has room for ${contextTokens - 1}`;
  throw usage(
    path,
    `entry ${index} has ${tokens} tokens, and ${room}; shorten it, or start with a larger one`,
  );
}

function toRequest(path: string, index: number, entry: unknown): ChatRequest {
  const system = read(entry, "system") ?? "";
  const tools = read(entry, "tools") ?? [];
  if (typeof system !== "string") throw usage(path, `the system of entry ${index} is no text`);
  if (!Array.isArray(tools)) throw usage(path, `the tools of entry ${index} are no list`);
  if (system === "" && tools.length === 0) throw usage(path, `entry ${index} has neither system nor tools`);
  return createChatRequest(system === "" ? [] : [{ role: "system", text: system }], {
    tools: tools.map((tool) => toTool(path, index, tool)),
  });
}

function toTool(path: string, index: number, given: unknown): ChatTool {
  const tool = read(given, "function") ?? given;
  const name = read(tool, "name");
  const description = read(tool, "description") ?? "";
  const parameters = read(tool, "parameters") ?? read(tool, "input_schema") ?? {};
  if (typeof name !== "string" || typeof description !== "string" || !isObject(parameters))
    throw usage(path, `a tool of entry ${index} has no name, or a description or parameters that are none`);
  return { name, description, parameters };
}

function read(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function usage(path: string, reason: string, cause?: unknown): WeirError {
  const message = `--prewarm: expected ${path} to be a JSON list of {"system": string, "tools": [...]}, but ${reason}.`;
  return new WeirError("USAGE", message, { field: "--prewarm", cause });
}
