import { WeirError } from "@weir/protocol";
import type { EmbeddingModelSpec } from "../embedding-engine.ts";

/** How the echo engine behaves. Given as `options` of the model's spec. */
export interface EchoOptions {
  /** Length of each vector. Whole number >= 1. @default 8 */
  readonly dimensions: number;
  /** Longest input in tokens: the words and two special tokens. Whole number >= 3. @default 64 */
  readonly maxTokens: number;
  /** Milliseconds that each batch holds the thread, as a native engine does. @default 0 */
  readonly blockMs: number;
  /** A word; only a batch that contains it holds the thread for `blockMs`. @default every batch does */
  readonly blockWord: string | undefined;
  /** Milliseconds that each batch takes without holding the thread. @default 0 */
  readonly delayMs: number;
  /** A word; a batch that contains it fails with ENGINE_FAILED. @default none */
  readonly failWord: string | undefined;
  /** A word; a batch that contains it gives a value that is not a number. @default none */
  readonly nanWord: string | undefined;
  /** Names of scores: the engine scores sequences instead of embedding. @default it embeds */
  readonly labels: readonly string[] | undefined;
  /** A word; a batch that contains it ends the process at once, as a crash in native code does. @default none */
  readonly crashWord: string | undefined;
}

/** Throws MODEL_INVALID with every problem in one message. */
export function resolveEchoOptions(spec: EmbeddingModelSpec): EchoOptions {
  const given = spec.options ?? {};
  const problems: string[] = [];
  const number = (name: keyof EchoOptions, least: number, byDefault: number): number => {
    const value = given[name] ?? byDefault;
    if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
    problems.push(`${name} must be a whole number of at least ${least}, got ${JSON.stringify(value)}`);
    return byDefault;
  };
  const word = (name: keyof EchoOptions): string | undefined => {
    const value = given[name];
    if (value === undefined || (typeof value === "string" && /^\S+$/.test(value))) return value;
    problems.push(`${name} must be one word, got ${JSON.stringify(value)}`);
    return undefined;
  };
  const labels = given["labels"];
  const isNames = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string");
  if (labels !== undefined && !isNames(labels)) {
    problems.push(`labels must be a list of names, got ${JSON.stringify(labels)}`);
  }
  const options: EchoOptions = {
    dimensions: number("dimensions", 1, 8),
    maxTokens: number("maxTokens", 3, 64),
    blockMs: number("blockMs", 0, 0),
    blockWord: word("blockWord"),
    delayMs: number("delayMs", 0, 0),
    failWord: word("failWord"),
    nanWord: word("nanWord"),
    crashWord: word("crashWord"),
    labels: isNames(labels) ? labels : undefined,
  };
  if (problems.length > 0) throw new WeirError("MODEL_INVALID", `echo engine: ${problems.join("; ")}`);
  return options;
}
