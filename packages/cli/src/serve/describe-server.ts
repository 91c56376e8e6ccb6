import { referenceWeightsPhrase } from "@weir/engine";
import type { QueuedBackend } from "@weir/server";

/** What to paste into a shell to get a vector. */
export function describeCurl(url: string): string {
  return `curl ${url}/v1/embeddings -H 'content-type: application/json' -d '{"input": "a weir holds the river"}'`;
}

/** A model in a few indented lines: name, shape, what computes, and whether its weights mean anything. */
export function describeModel({ name, info }: QueuedBackend): string {
  const size = `${info.dimensions} dimensions, ${info.maxTokens} tokens, ${info.pooling} pooling`;
  const weights = `${info.precision} on ${info.device}, ${(info.weightBytes / 1e6).toFixed(0)} MB`;
  const lines = [name, `  ${size}; ${weights}`, ...(info.reference ? [`  ${referenceWeightsPhrase}`] : [])];
  return lines.map((line) => `  ${line}\n`).join("");
}
