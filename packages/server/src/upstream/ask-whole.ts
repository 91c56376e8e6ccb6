import { RemoteSilence, type RemoteAnswer } from "../remote/remote-connection.ts";
import type { AnswerHead } from "./answer-reader.ts";
import type { UpstreamConnection, UpstreamRequest, UpstreamTimeouts } from "./upstream-connection.ts";

export type WholeAnswer = RemoteAnswer;

export interface AskOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: UpstreamTimeouts;
}

/** Answers above this are not read. */
const mostAnswerBytes = 64 * 1024 * 1024;

/** Gathers the parts of a body. */
export class BodyParts {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  push(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > mostAnswerBytes) {
      throw new RemoteSilence("broken-off", `sent more than ${mostAnswerBytes} bytes`, undefined);
    }
    this.#parts.push(part);
  }

  join(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** One exchange whose answer is read to its end. Rejects as the connection does. */
export async function askWhole(
  connection: UpstreamConnection,
  request: Omit<UpstreamRequest, "headers">,
  { headers, timeouts }: AskOptions,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  const parts = new BodyParts();
  let head: AnswerHead | undefined;
  await connection.exchange(
    { ...request, headers },
    { onHead: (known) => (head = known), onBody: (part) => parts.push(part) },
    timeouts,
    signal,
  );
  return { ...head!, body: parts.join() };
}
