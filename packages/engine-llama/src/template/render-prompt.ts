import { Template } from "@huggingface/jinja";
import { WeirError, type ChatRequest } from "@weir/protocol";
import { canonicalTools } from "../tools/canonical-tools.ts";
import { describeTools, toTemplateTool } from "../tools/describe-tools.ts";
import type { ChatFamily } from "./chat-family.ts";
import { toTurns, type Turn } from "./conversation.ts";
import { createGuardedTexts, guardValue, type PromptPart } from "./guarded-text.ts";
import { toTemplateMessages, type Wording } from "./template-messages.ts";

export interface PromptRenderer {
  /** `thinks` false closes what the template may have opened for the model to think in. */
  render(request: ChatRequest, thinks: boolean): readonly PromptPart[];
}

export interface PromptRendererOptions {
  readonly family: ChatFamily;
  readonly bosToken: string;
  readonly eosToken: string;
}

/** From what changes a conversation least to what every template takes. */
const wordings: readonly Wording[] = [
  { system: "role", calls: "native", merged: false },
  { system: "role", calls: "single", merged: false },
  { system: "user", calls: "native", merged: false },
  { system: "user", calls: "native", merged: true },
  { system: "user", calls: "single", merged: true },
  { system: "role", calls: "text", merged: true },
  { system: "user", calls: "text", merged: true },
];

/** Throws USAGE where the template is no Jinja. */
export function createPromptRenderer({ family, bosToken, eosToken }: PromptRendererOptions): PromptRenderer {
  const template = parseTemplate(family.template);
  const prompted = family.toolStyle === "prompted";

  const renderAs = (
    turns: readonly Turn[],
    request: ChatRequest,
    wording: Wording,
    thinks: boolean,
  ): readonly PromptPart[] | undefined => {
    const texts = createGuardedTexts();
    const tools = canonicalTools(request.tools).map((tool) => guardValue(texts, toTemplateTool(tool)));
    const extraSystem = prompted && tools.length > 0 ? describeTools(tools) : "";
    const messages = toTemplateMessages(turns, wording, texts, extraSystem);
    const begun = isBegun(turns.at(-1));
    const rendered = template.render({
      messages,
      tools: tools.length > 0 && !prompted ? tools : null,
      documents: null,
      add_generation_prompt: !begun,
      bos_token: bosToken,
      eos_token: eosToken,
      ...(thinks ? {} : { enable_thinking: false }),
    });
    const parts = texts.restore(rendered);
    return begun && parts !== undefined ? cutAfterForeign(parts) : parts;
  };

  return {
    render(request, thinks) {
      const turns = toTurns(request.messages);
      const several = turns.some((turn) => turn.role === "assistant" && turn.calls.length > 1);
      let failure: unknown;
      for (const wording of wordings) {
        if (wording.calls === "single" && !several) continue;
        if (prompted && wording.calls === "single") continue;
        try {
          const asked: Wording = prompted ? { ...wording, calls: "text" } : wording;
          const parts = renderAs(turns, request, asked, thinks);
          if (parts !== undefined) return thinks ? parts : closeThinking(parts, family);
        } catch (error) {
          failure = error;
        }
      }
      if (failure instanceof RangeError)
        throw new WeirError(
          "INVALID_REQUEST",
          `expected messages and tools that a template can go through, got ones that are too large or nested too deep (${failure.message}). Make the schemas of the tools simpler.`,
          { field: "tools", cause: failure },
        );
      const reason = failure instanceof Error ? failure.message : "it leaves messages out";
      throw new WeirError(
        "MODEL_INVALID",
        `expected a chat template that takes a conversation, got one that does not: ${reason}. Give another with --chat-template.`,
        { field: "--chat-template", cause: failure },
      );
    },
  };
}

function parseTemplate(text: string): Template {
  try {
    return new Template(text);
  } catch (error) {
    throw new WeirError(
      "USAGE",
      `expected a Jinja template, got ${JSON.stringify(text.slice(0, 60))}: ${error instanceof Error ? error.message : String(error)}. Give a family's name or another file with --chat-template.`,
      { field: "--chat-template", cause: error },
    );
  }
}

/** An answer that the client began goes on where it stops. */
function cutAfterForeign(parts: readonly PromptPart[]): readonly PromptPart[] {
  const last = parts.findLastIndex(({ trusted }) => !trusted);
  return parts.slice(0, last + 1);
}

function closeThinking(parts: readonly PromptPart[], { thinking }: ChatFamily): readonly PromptPart[] {
  const last = parts.at(-1);
  if (thinking === undefined || last?.trusted !== true || !last.text.trimEnd().endsWith(thinking.open))
    return parts;
  return [...parts.slice(0, -1), { text: `${last.text.trimEnd()}\n\n${thinking.close}\n\n`, trusted: true }];
}

function isBegun(turn: Turn | undefined): boolean {
  return turn?.role === "assistant" && turn.calls.length === 0 && turn.text.trim() !== "";
}
