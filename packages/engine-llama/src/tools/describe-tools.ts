import type { ChatTool } from "@weir/protocol";
import { encodeSpacedJson } from "./spaced-json.ts";

/** A tool as templates get it: OpenAI's shape. */
export function toTemplateTool({ name, description, parameters }: ChatTool): unknown {
  return { type: "function", function: { name, description, parameters } };
}

/**
 * The part of a system prompt that tells a model without a tool format of its own what it can call and how: the format that
 * Hermes and Qwen models were trained on, which most others follow when they are told.
 */
export function describeTools(tools: readonly unknown[]): string {
  return [
    "# Tools",
    "",
    "You may call one or more functions to assist with the user query.",
    "",
    "You are provided with function signatures within <tools></tools> XML tags:",
    "<tools>",
    ...tools.map(encodeSpacedJson),
    "</tools>",
    "",
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:",
    "<tool_call>",
    '{"name": <function-name>, "arguments": <args-json-object>}',
    "</tool_call>",
  ].join("\n");
}
