import type { WeirError } from "@weir/protocol";
import type { Answer } from "./send-once.ts";

/**
 * Whether a request failed because of what it asked to embed, or for a reason that every other request would meet too.
 * Only the first is worth asking again in smaller parts. `index` is the input that the server named.
 */
export type FailureScope =
  | { readonly kind: "inputs"; readonly index: number | undefined }
  | { readonly kind: "server" };

const server: FailureScope = { kind: "server" };

/** The scope of an answer that was no embedding. `error` is what it was turned into. */
export function toFailureScope(answer: Answer, error: WeirError): FailureScope {
  // A model's process that dies may have died of a text.
  if (error.code === "REPLICA_LOST") return { kind: "inputs", index: undefined };
  // An answer in JSON that cannot be used: NaN or null among a vector's values, where a server does not look itself.
  if (answer.status === 200)
    return startsLikeJson(answer.body) ? { kind: "inputs", index: undefined } : server;
  if (![400, 413, 422, 500].includes(answer.status)) return server;
  if (error.field === undefined) return { kind: "inputs", index: undefined };
  const named = /^(?:input|inputs|texts)(?:\[(\d+)\]|\.(\d+))?/.exec(error.field);
  if (named === null) return server;
  const index = named[1] ?? named[2];
  return { kind: "inputs", index: index === undefined ? undefined : Number(index) };
}

function startsLikeJson(body: Uint8Array): boolean {
  const first = body.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b;
}
