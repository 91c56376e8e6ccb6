import {
  embeddingDialects,
  WeirError,
  type EmbeddingDialectName,
  type ReceivedEmbeddings,
  type VectorEncoding,
} from "@weir/protocol";
import { describeAnswer, type ProbeTarget } from "./probe-target.ts";

/** What came of asking for a few vectors. */
export type AskedEmbedding =
  | {
      readonly kind: "embedded";
      readonly received: ReceivedEmbeddings;
      readonly body: Uint8Array;
      readonly tookMs: number;
    }
  /** The server refused, in a way that the dialect knows or does not. `status` is undefined where nothing was sent. */
  | { readonly kind: "refused"; readonly status: number | undefined; readonly reason: string }
  /** It answered 200, but not with what the dialect allows. */
  | { readonly kind: "invalid"; readonly reason: string; readonly body: Uint8Array }
  | { readonly kind: "silent"; readonly reason: string };

/** One request with a few texts, normalised, in one dialect. */
export async function askEmbedding(
  target: ProbeTarget,
  name: EmbeddingDialectName,
  model: string | undefined,
  texts: readonly string[],
  encoding: VectorEncoding = "float",
): Promise<AskedEmbedding> {
  const dialect = embeddingDialects[name];
  let request: Uint8Array;
  try {
    request = dialect.encodeRequest(
      {
        model,
        inputs: { kind: "texts", texts },
        normalize: true,
        pooling: undefined,
        dimensions: undefined,
        truncate: true,
      },
      encoding,
    );
  } catch (error) {
    return { kind: "refused", status: undefined, reason: toMessage(error) };
  }
  const answer = await target.post(dialect.path, request);
  if (answer.kind === "silent") return answer;
  if (answer.status !== 200) {
    const message = dialect.parseError(answer.body);
    const reason = `${describeAnswer(answer)}${message === undefined ? "" : `: ${message.replace(/\.$/, "")}`}`;
    return { kind: "refused", status: answer.status, reason };
  }
  try {
    const received = dialect.parseResponse(answer.body);
    if (received.vectors.count === texts.length) {
      return { kind: "embedded", received, body: answer.body, tookMs: answer.tookMs };
    }
    const reason = `expected ${texts.length} vectors, got ${received.vectors.count}`;
    return { kind: "invalid", reason, body: answer.body };
  } catch (error) {
    return { kind: "invalid", reason: toMessage(error), body: answer.body };
  }
}

function toMessage(error: unknown): string {
  if (error instanceof WeirError) return error.message.replace(/\.$/, "");
  throw error;
}
