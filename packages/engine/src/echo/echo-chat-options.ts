import { WeirError } from "@weir/protocol";
import type { ChatModelSpec } from "../chat-engine.ts";

/** How the echo chat engine behaves. Given as `options` of the model's spec. */
export interface EchoChatOptions {
  /** Milliseconds between one token and the next. @default 0, each token in a turn of the event loop of its own */
  readonly tokenGapMs: number;
  /** Prompt tokens that it reads in a millisecond; 0: any number at once. @default 0 */
  readonly promptTokensPerMs: number;
  /** A text; only where a prompt has it does reading and writing take time. @default it does for every one */
  readonly slowText: string | undefined;
  /** A text; the process ends at once when a prompt has it, as a crash in native code does. @default none */
  readonly crashText: string | undefined;
  /** After how many tokens of the answer it does. @default 0, before the first */
  readonly crashAfterTokens: number;
  /** A text; a job whose last message has it fails with ENGINE_FAILED. @default none */
  readonly failText: string | undefined;
  /** What is answered instead of the last message. @default none, the last message is */
  readonly answer: string | undefined;
  /** Milliseconds until it is loaded. @default 0 */
  readonly loadMs: number;
}

/** Throws MODEL_INVALID with every problem in one message. */
export function resolveEchoChatOptions(spec: ChatModelSpec): EchoChatOptions {
  const given = spec.options ?? {};
  const problems: string[] = [];
  const number = (name: keyof EchoChatOptions): number => {
    const value = given[name] ?? 0;
    if (typeof value === "number" && value >= 0) return value;
    problems.push(`${name} must be a number of 0 or more, got ${JSON.stringify(value)}`);
    return 0;
  };
  const text = (name: keyof EchoChatOptions): string | undefined => {
    const value = given[name];
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    problems.push(`${name} must be a text, got ${JSON.stringify(value)}`);
    return undefined;
  };
  const options: EchoChatOptions = {
    tokenGapMs: number("tokenGapMs"),
    promptTokensPerMs: number("promptTokensPerMs"),
    slowText: text("slowText"),
    crashText: text("crashText"),
    crashAfterTokens: number("crashAfterTokens"),
    failText: text("failText"),
    answer: text("answer"),
    loadMs: number("loadMs"),
  };
  if (problems.length > 0) throw new WeirError("MODEL_INVALID", `echo chat engine: ${problems.join("; ")}`);
  return options;
}
