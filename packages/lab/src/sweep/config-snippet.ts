import type { Recommendation } from "./confirmation.ts";
import type { UseName } from "./recommend.ts";

/** Settings of one use, named as the options of @weir/client are. */
interface ClientSettings {
  readonly batchSize?: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** What to paste: settings by use, each as the options of @weir/client are called. */
export type ConfigSnippet = Readonly<Partial<Record<SnippetName, ClientSettings>>>;

type SnippetName =
  | "throughput"
  | "latency"
  | "largeInputs"
  | "textsBelow1000"
  | "textsTo3000"
  | "textsAbove3000";

const names: Readonly<Record<UseName, SnippetName>> = {
  throughput: "throughput",
  latency: "latency",
  "large-inputs": "largeInputs",
  "below-1000": "textsBelow1000",
  "1000-to-3000": "textsTo3000",
  "above-3000": "textsAbove3000",
};

/** That of @weir/client; a request that was ever slower gets ten times what it took. */
const usualTimeoutMs = 30_000;
const ampleTimes = 10;

export function toConfigSnippet(recommendations: readonly Recommendation[]): ConfigSnippet {
  const byName = new Map<SnippetName, ClientSettings>();
  for (const { uses, choice, maxMs } of recommendations)
    for (const use of uses)
      byName.set(names[use], {
        ...(choice.batch !== undefined && { batchSize: choice.batch }),
        concurrency: choice.concurrency ?? 1,
        timeoutMs: Math.max(usualTimeoutMs, Math.ceil(((maxMs ?? 0) * ampleTimes) / 10_000) * 10_000),
      });
  return Object.fromEntries(
    Object.values(names).flatMap((name) => (byName.has(name) ? [[name, byName.get(name)]] : [])),
  );
}
