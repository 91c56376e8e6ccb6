import { referenceWeightsPhrase } from "@weir/engine";
import type { HostedChat } from "@weir/server";

/** A chat model in a few lines: name, context, conversations beside each other and their memory, and what computes. */
export function describeChatModel({ name, info, source }: HostedChat): readonly string[] {
  const { model } = info;
  if (model === undefined) {
    const where = source.kind === "remote" ? `  answered by ${source.remote.url}` : "  answered elsewhere";
    return [name, where];
  }
  const { contextTokens, sequences, kvType, kvBytes, precision, device, weightBytes } = model;
  const kv = `${toMegabytes(kvBytes)} of ${kvType} KV cache`;
  return [
    name,
    `  chat, ${contextTokens} tokens of context, ${sequences} at once, ${kv}; ${precision} on ${device}, ${toMegabytes(weightBytes)}`,
    ...(model.deviceFallback === undefined ? [] : [`  warning: ${model.deviceFallback}`]),
    ...(model.reference ? [`  ${referenceWeightsPhrase}`] : []),
  ];
}

/** The same as fields of a log line. */
export function toChatFields({ name, info, source }: HostedChat): Record<string, unknown> {
  return {
    name,
    kind: "chat",
    contextTokens: info.contextTokens,
    precision: info.precision,
    device: info.device,
    reference: info.reference,
    ...(info.model === undefined
      ? {}
      : {
          sequences: info.model.sequences,
          kvType: info.model.kvType,
          kvBytes: info.model.kvBytes,
          deviceFallback: info.model.deviceFallback,
        }),
    ...(source.kind === "remote" ? { remote: source.remote.url } : {}),
  };
}

/** A small model has some, too. */
export function toMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`;
}
