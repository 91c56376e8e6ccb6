import { randomBytes } from "node:crypto";
import { type ChatMessage, type ChatRequest, createChatRequest } from "@weir/protocol";
import {
  compileAnswerGrammar,
  isConstrained,
  type AnswerGrammar,
  type GrammarBudget,
} from "../grammar/answer-grammar.ts";
import { createAnswerParser, type AnswerParser } from "../tools/answer-parser.ts";
import { callFormatOf } from "../tools/call-format.ts";
import {
  resolveChatFamily,
  type ChatFamilyHints,
  type ChatFamilyName,
  type ToolStyle,
} from "./chat-family.ts";
import { createControlScan, toPieces, type PromptPiece } from "./prompt-pieces.ts";
import { createPromptRenderer } from "./render-prompt.ts";

export interface ChatFormatOptions extends ChatFamilyHints {
  /** Text of the beginning-of-sequence token; empty where there is none. */
  readonly bosToken: string;
  /**
   * Texts of the vocabulary's control tokens (`tokenizer.ggml.token_type` 3, and 4 of those that are marks). With them a prompt
   * is cut only where foreign text reads like one, and gets the tokens that it would have in one piece. Without, it is cut
   * around all foreign text.
   */
  readonly controlTexts?: readonly string[];
  /** Ids of calls. @default random ones */
  readonly createId?: () => string;
}

/** A conversation as the model gets it. */
interface RenderedPrompt {
  /** All pieces in one. */
  readonly text: string;
  /** Each is tokenized by itself: with control tokens where it is `special`, else as plain text. */
  readonly pieces: readonly PromptPiece[];
  /** Whether BOS comes before it where the vocabulary wants one: not where the template wrote it. */
  readonly addBos: boolean;
  /** Texts that end the answer besides the model's end tokens; they do not belong to it. */
  readonly stopTexts: readonly string[];
}

/** How one model is spoken to, and how what it writes is read. */
export interface ChatFormat {
  readonly family: ChatFamilyName;
  readonly toolStyle: ToolStyle;
  /** Control tokens whose text the parser has to see; others are left out of an answer. */
  readonly marks: readonly string[];
  /** Throws INVALID_REQUEST for images, and MODEL_INVALID where the template takes the conversation in no way. */
  render(request: ChatRequest): RenderedPrompt;
  /**
   * What the answer has to follow, from its first character; undefined where it is free. `shortestTokens` more than there
   * are: it will be cut off. Throws INVALID_REQUEST.
   */
  compileGrammar(request: ChatRequest, budget: GrammarBudget): AnswerGrammar | undefined;
  /** One for each answer. */
  createParser(request: ChatRequest): AnswerParser;
}

/** Throws USAGE, naming `--chat-template`, where the family is not known or the template is no Jinja. */
export function createChatFormat(options: ChatFormatOptions): ChatFormat {
  const family = resolveChatFamily(options);
  const renderer = createPromptRenderer({ family, bosToken: options.bosToken, eosToken: options.eosToken });
  const format = callFormatOf(family.toolStyle);
  const marks = [
    ...format.openers,
    ...(format.closer === undefined ? [] : [format.closer]),
    ...(format.namedBy === undefined ? [] : [format.namedBy, "[CALL_ID]"]),
    ...(family.thinking === undefined ? [] : [family.thinking.open, family.thinking.close]),
  ];
  const scan =
    options.controlTexts === undefined ? undefined : createControlScan([...options.controlTexts, ...marks]);
  const opensThoughts = rendersOpenThoughts();

  function rendersOpenThoughts(): boolean {
    if (family.thinking === undefined) return false;
    const parts = renderer.render(probe, true);
    return parts.at(-1)?.text.trimEnd().endsWith(family.thinking.open) ?? false;
  }

  return {
    family: family.name,
    toolStyle: family.toolStyle,
    marks,
    render(request) {
      if (request.rawPrompt !== undefined) {
        // Who sends a prompt without the template writes its control tokens too.
        const pieces = request.rawPrompt === "" ? [] : [{ text: request.rawPrompt, special: true }];
        return { text: request.rawPrompt, pieces, addBos: true, stopTexts: [] };
      }
      const pieces = toPieces(renderer.render(request, !isConstrained(request)), scan);
      const text = pieces.map(({ text }) => text).join("");
      const hasBos =
        options.bosToken !== "" && pieces[0]?.special === true && pieces[0].text.startsWith(options.bosToken);
      return { text, pieces, addBos: !hasBos, stopTexts: family.stopTexts };
    },
    compileGrammar(request, budget) {
      return compileAnswerGrammar(request, family.toolStyle, budget);
    },
    createParser(request) {
      const raw = request.rawPrompt !== undefined;
      const callable = !raw && request.toolChoice.kind !== "none";
      return createAnswerParser({
        thinking: raw ? undefined : family.thinking,
        // What follows a grammar has no room for thoughts.
        beginsThinking: opensThoughts && !isConstrained(request) && !isBegun(request.messages.at(-1)),
        format,
        toolNames: new Set(callable ? request.tools.map(({ name }) => name) : []),
        createId: options.createId ?? randomCallId,
      });
    },
  };
}

const probe: ChatRequest = createChatRequest([{ role: "user", parts: [{ kind: "text", text: "hello" }] }]);

/** Whether the client began the answer. */
function isBegun(message: ChatMessage | undefined): boolean {
  return message?.role === "assistant" && message.toolCalls.length === 0 && message.text.trim() !== "";
}

function randomCallId(): string {
  return `call_${randomBytes(12).toString("hex")}`;
}
