import { WeirError, type ChatRequest, type ChatTool } from "@weir/protocol";
import type { ToolStyle } from "../template/chat-family.ts";
import { canonicalTools } from "../tools/canonical-tools.ts";
import { encodeGbnf } from "./encode-gbnf.ts";
import { measureCost } from "./grammar-cost.ts";
import { naturalLimits, tightLimits, type GrammarLimits } from "./grammar-limits.ts";
import {
  choice,
  measureGrammar,
  optional,
  repeat,
  sequence,
  shared,
  text,
  type GrammarNode,
} from "./grammar-node.ts";
import { colon, comma, createAnyValue, literal } from "./json-nodes.ts";
import { schemaGrammar } from "./schema-grammar.ts";

export interface GrammarBudget {
  /** Tokens that the answer may take. */
  readonly maxTokens: number;
  /**
   * Keep the longest answer that the grammar allows within them at one token a character, for models that write on at
   * random, as reference models do. Otherwise what a schema leaves open is bounded far beyond what a model writes.
   */
  readonly tight: boolean;
}

/** A grammar that an answer has to follow from its first character to its end. */
export interface AnswerGrammar {
  /** llama.cpp's notation. */
  readonly gbnf: string;
  /** Tokens within which the shortest answer is complete, however few characters a token has. */
  readonly shortestTokens: number;
  /** The same of the longest; Infinity where that cannot be counted any more. */
  readonly longestTokens: number;
}

/** Whether an answer has to follow a grammar. */
export function isConstrained({ toolChoice, responseFormat, rawPrompt }: ChatRequest): boolean {
  if (rawPrompt === undefined && (toolChoice.kind === "any" || toolChoice.kind === "tool")) return true;
  return responseFormat !== undefined && responseFormat.kind !== "text";
}

/**
 * The grammar of what a request enforces: a call (`toolChoice` any or tool), several of them where they may be parallel, or an
 * answer in JSON; where tools may be called as well, either. Undefined where nothing is enforced: calls under `auto` are
 * the model's free choice, and read where it makes them.
 * Throws INVALID_REQUEST for tools that are not there and schemas that nothing meets, or that are too large.
 */
export function compileAnswerGrammar(
  request: ChatRequest,
  style: ToolStyle,
  budget: GrammarBudget,
): AnswerGrammar | undefined {
  if (!isConstrained(request)) return undefined;
  try {
    return compileWithin(request, style, budget);
  } catch (error) {
    // Schemas may be nested as deep as their JSON, and what reads them goes as deep.
    if (error instanceof RangeError) throw tooLarge(error.message);
    throw error;
  }
}

function compileWithin(
  request: ChatRequest,
  style: ToolStyle,
  budget: GrammarBudget,
): AnswerGrammar | undefined {
  if (!budget.tight) return toAnswerGrammar(rootOf(request, style, naturalLimits(budget.maxTokens)));
  let narrowest: AnswerGrammar | undefined;
  for (const limits of tightLimits) {
    const root = rootOf(request, style, limits);
    narrowest = toAnswerGrammar(root);
    if (narrowest.longestTokens <= budget.maxTokens) return narrowest;
  }
  return narrowest;
}

/** Rules of some megabytes, a second to parse. */
const mostGrammarParts = 100_000;
/** At the largest vocabularies a token then takes some tenths of a second. */
const mostWays = 500;

function toAnswerGrammar(root: GrammarNode): AnswerGrammar {
  const { parts, ways } = measureCost(root);
  if (parts > mostGrammarParts || ways > mostWays)
    throw tooLarge(
      `${Math.round(parts)} parts, with up to ${ways} ways to go on (at most ${mostGrammarParts} and ${mostWays})`,
    );
  const { min, max } = measureGrammar(root);
  return { gbnf: encodeGbnf(root), shortestTokens: min, longestTokens: max };
}

function tooLarge(got: string): WeirError {
  return new WeirError(
    "INVALID_REQUEST",
    `the request's schemas must make a grammar of moderate size, got ${got}. Leave out parts of them, or shorten their bounds and lists.`,
    { field: "response_format" },
  );
}

function rootOf(request: ChatRequest, style: ToolStyle, limits: GrammarLimits): GrammarNode {
  const options: GrammarNode[] = [];
  const { toolChoice, responseFormat } = request;
  const forced = toolChoice.kind === "any" || toolChoice.kind === "tool";
  if (!forced) options.push(answerOf(responseFormat, limits));
  const tools = callableTools(request);
  if (tools.length > 0) options.push(callsOf(tools, style, request.parallelToolCalls ?? true, limits));
  return choice(options);
}

function answerOf(format: ChatRequest["responseFormat"], limits: GrammarLimits): GrammarNode {
  return format?.kind === "json-schema"
    ? schemaGrammar(format.schema, limits, "response_format")
    : createAnyValue(limits).object;
}

function callableTools({ tools, toolChoice, rawPrompt }: ChatRequest): readonly ChatTool[] {
  if (toolChoice.kind === "none" || rawPrompt !== undefined) return [];
  const named = toolChoice.kind === "tool" ? toolChoice.name : undefined;
  const callable = canonicalTools(tools).filter(({ name }) => named === undefined || name === named);
  if (callable.length > 0 || toolChoice.kind === "auto") return callable;
  throw new WeirError(
    "INVALID_REQUEST",
    `tool_choice must name one of the request's tools, got ${named === undefined ? "no tools" : JSON.stringify(named)}. Send the tool's definition in tools.`,
    { field: "tool_choice" },
  );
}

function callsOf(
  tools: readonly ChatTool[],
  style: ToolStyle,
  parallel: boolean,
  limits: GrammarLimits,
): GrammarNode {
  const more = parallel ? limits.calls - 1 : 0;
  const argumentsOf = ({ name, parameters }: ChatTool): GrammarNode =>
    schemaGrammar(toObjectSchema(parameters), limits, `tools (${name}) parameters`);
  const objectOf = (tool: ChatTool, key: string): GrammarNode =>
    sequence(
      text("{"),
      literal("name"),
      colon,
      literal(tool.name),
      comma,
      literal(key),
      colon,
      argumentsOf(tool),
      text("}"),
    );
  const oneOf = (toCall: (tool: ChatTool) => GrammarNode): GrammarNode =>
    shared(choice(tools.map((tool) => shared(toCall(tool)))));
  switch (style) {
    case "hermes":
    case "prompted": {
      const call = shared(
        sequence(
          text("<tool_call>\n"),
          oneOf((tool) => objectOf(tool, "arguments")),
          text("\n</tool_call>"),
        ),
      );
      return sequence(call, repeat(sequence(text("\n"), call), 0, more));
    }
    case "llama":
      // Llama's own templates take one call at a time.
      return oneOf((tool) => objectOf(tool, "parameters"));
    case "mistral": {
      const call = oneOf((tool) => objectOf(tool, "arguments"));
      return sequence(
        text("[TOOL_CALLS]"),
        optional(text(" ")),
        text("["),
        call,
        repeat(sequence(comma, call), 0, more),
        text("]"),
      );
    }
    case "mistral-args": {
      const call = oneOf((tool) => sequence(text(`[TOOL_CALLS]${tool.name}[ARGS]`), argumentsOf(tool)));
      return sequence(call, repeat(call, 0, more));
    }
  }
}

/** Arguments are an object; of a tool that names none, an empty one. */
function toObjectSchema(parameters: ChatTool["parameters"]): unknown {
  const open = [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
  ];
  const named = open.some((key) => parameters[key] !== undefined);
  return { ...parameters, type: "object", ...(named ? {} : { additionalProperties: false }) };
}
