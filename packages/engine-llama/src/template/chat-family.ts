import { WeirError } from "@weir/protocol";
import { builtinTemplates } from "./builtin-templates.ts";

/** How a family writes calls of tools. `prompted`: it has no format of its own, and is told one in the system prompt. */
export type ToolStyle = "hermes" | "llama" | "mistral" | "mistral-args" | "prompted";

export type ChatFamilyName = "gemma" | "llama" | "qwen" | "mistral" | "chatml" | "plain";

export interface ChatFamily {
  readonly name: ChatFamilyName;
  /** The Jinja template that is run. */
  readonly template: string;
  readonly toolStyle: ToolStyle;
  /** Texts that end a turn, where the model writes them out instead of its end token. */
  readonly stopTexts: readonly string[];
  /** Around what the model thinks; undefined where it does not. */
  readonly thinking: { readonly open: string; readonly close: string } | undefined;
}

export interface ChatFamilyHints {
  /** The file's own template (`tokenizer.chat_template`). */
  readonly template: string | undefined;
  /** The file's `general.architecture`. */
  readonly architecture: string;
  readonly eosToken: string;
  /** `--chat-template`: a family's name or a Jinja text. */
  readonly override?: string | undefined;
}

type BuiltinName = keyof typeof builtinTemplates;

const builtinNames: readonly BuiltinName[] = ["gemma", "llama", "qwen", "mistral", "chatml"];

/** Marks of families whose turns are written out, and that we know no format of calls of. */
const plainMarks: readonly (readonly [mark: string, stop: string])[] = [
  ["<|end_of_role|>", "<|end_of_text|>"],
  ["<｜Assistant｜>", "<｜end▁of▁sentence｜>"],
  ["<|END_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"],
  ["<|end|>", "<|end|>"],
  ["<|assistant|>", "<|user|>"],
  ["<<SYS>>", "</s>"],
  ["### Instruction", "### Instruction"],
  ["ASSISTANT:", "USER:"],
];

/**
 * Whose format a model speaks: what `--chat-template` says, else the marks in its file's template, else its architecture.
 * Throws USAGE where that leaves it open.
 */
export function resolveChatFamily({
  template,
  architecture,
  eosToken,
  override,
}: ChatFamilyHints): ChatFamily {
  if (override !== undefined) {
    const named = builtinNames.find((name) => name === override);
    if (named !== undefined) return familyOf(named, builtinTemplates[named]);
    if (!/\{[{%]/.test(override))
      throw new WeirError(
        "USAGE",
        `--chat-template must be ${list(builtinNames)}, or a Jinja template, got ${JSON.stringify(override.slice(0, 80))}. Name the family that the model was trained for.`,
        { field: "--chat-template" },
      );
    return familyOf(recognise(override) ?? "plain", override);
  }
  if (template !== undefined && template.trim() !== "") {
    const name = recognise(template);
    if (name !== undefined) return familyOf(name, template);
    throw new WeirError(
      "USAGE",
      `expected a chat template of a known family (${list(builtinNames)}) in the model's file, got one that starts with ${JSON.stringify(template.trim().slice(0, 60))}. Give a family's name or the path of a Jinja file with --chat-template.`,
      { field: "--chat-template" },
    );
  }
  const name = byArchitecture(architecture, eosToken);
  if (name !== undefined) return familyOf(name, builtinTemplates[name]);
  throw new WeirError(
    "USAGE",
    `expected a chat template in the model's file, got none, and the architecture ${JSON.stringify(architecture)} does not tell. Give a family's name (${list(builtinNames)}) or the path of a Jinja file with --chat-template.`,
    { field: "--chat-template" },
  );
}

function recognise(template: string): ChatFamilyName | undefined {
  if (template.includes("<start_of_turn>") || template.includes("<|turn>")) return "gemma";
  if (template.includes("<|start_header_id|>")) return "llama";
  if (template.includes("<|im_start|>")) return template.includes("<tool_call>") ? "qwen" : "chatml";
  if (template.includes("<<SYS>>")) return "plain";
  if (template.includes("[INST]")) return "mistral";
  return plainMarks.some(([mark]) => template.includes(mark)) ? "plain" : undefined;
}

/** For files without a template. `llama` is also what Mistral's and many others' files say, so its end token decides. */
function byArchitecture(architecture: string, eosToken: string): BuiltinName | undefined {
  if (eosToken === "<|im_end|>") return architecture.startsWith("qwen") ? "qwen" : "chatml";
  if (eosToken === "<|eot_id|>" || architecture === "llama4") return "llama";
  if (architecture.startsWith("gemma")) return "gemma";
  if (architecture.startsWith("qwen")) return "qwen";
  if (architecture.startsWith("mistral")) return "mistral";
  return undefined;
}

function familyOf(name: ChatFamilyName, template: string): ChatFamily {
  return {
    name,
    template,
    toolStyle: toolStyleOf(name, template),
    stopTexts: stopTextsOf(name, template),
    thinking: thinkingOf(template),
  };
}

function toolStyleOf(name: ChatFamilyName, template: string): ToolStyle {
  // Without `tools` the template cannot say what there is to call, whatever the family's others do.
  if (!/\btools\b/.test(template)) return "prompted";
  switch (name) {
    case "qwen":
      // Qwen's coder models write parameters as tags, which is another format.
      return template.includes("<function=") ? "prompted" : "hermes";
    case "llama":
      return "llama";
    case "mistral":
      if (template.includes("[ARGS]")) return "mistral-args";
      return template.includes("[TOOL_CALLS]") ? "mistral" : "prompted";
    case "gemma":
    case "chatml":
    case "plain":
      return "prompted";
  }
}

function stopTextsOf(name: ChatFamilyName, template: string): readonly string[] {
  switch (name) {
    case "gemma":
      return [template.includes("<|turn>") ? "<turn|>" : "<end_of_turn>"];
    case "llama":
      return ["<|eot_id|>", "<|eom_id|>"];
    case "qwen":
    case "chatml":
      return ["<|im_end|>"];
    case "mistral":
      return ["</s>"];
    case "plain":
      return plainMarks.filter(([mark]) => template.includes(mark)).map(([, stop]) => stop);
  }
}

function thinkingOf(template: string): ChatFamily["thinking"] {
  if (template.includes("</think>")) return { open: "<think>", close: "</think>" };
  if (template.includes("<channel|>")) return { open: "<|channel>thought", close: "<channel|>" };
  if (template.includes("[/THINK]")) return { open: "[THINK]", close: "[/THINK]" };
  return undefined;
}

function list(names: readonly string[]): string {
  return names.join(", ");
}
