import type { ChatAgent } from "@weir/engine";
import { toWeirError } from "@weir/protocol";
import { toAffinity } from "../../models/agent-affinity.ts";
import type { ChatExchange } from "./answer-chat.ts";
import { AnswerStream } from "./answer-stream.ts";
import { failStream } from "./fail-stream.ts";
import type { PingedStream } from "./stream-pings.ts";

/**
 * Hands a request's bytes to a model that another server computes, and that server's answer to the client as it comes. Throws as
 * `answerChat` until the first bytes of a stream.
 */
export async function passChat(exchange: ChatExchange, streams: boolean, agent: ChatAgent): Promise<void> {
  const { model, dialect, request, reply, terms, signal, pings } = exchange;
  const { report } = request;
  const wire = {
    dialect: dialect.name,
    body: request.bodyBytes!,
    streams,
    ...toAffinity(agent),
  };
  request.bodyBytes = undefined;
  const pieces: Uint8Array[] = [];
  let contentType = streams ? dialect.streamType : "application/json; charset=utf-8";
  let stream: AnswerStream | undefined;
  let last: Uint8Array | undefined;

  const failing = dialect.createStreamEncoder(
    { id: request.id, model: model.name, createdAtMs: Date.now(), inputTokens: 0, cachedInputTokens: 0 },
    { usage: false, nowMs: Date.now },
  );
  const pinged: PingedStream = {
    hasWritten: false,
    // Between two frames only: within one it would end it.
    ping: () => {
      if (endsFrame(last, dialect.streamType)) stream?.write(failing.ping());
    },
  };

  try {
    const done = await model.pass(
      wire,
      terms,
      {
        onHead: (head) => {
          ({ contentType } = head);
        },
        onBytes: (bytes, framed) => {
          report.firstTokenMs ??= reply.elapsedTime;
          if (!streams) {
            pieces.push(bytes);
            return;
          }
          if (stream === undefined) {
            stream = new AnswerStream({ ...exchange, contentType });
            pings.add(pinged);
          }
          pinged.hasWritten = true;
          last = bytes;
          stream.write(bytes, framed);
        },
      },
      signal,
    );
    report.queueMs = done.queueMs;
    report.chat = {
      inputTokens: done.inputTokens,
      cachedTokens: done.cachedInputTokens,
      outputTokens: done.outputTokens,
    };
    if (streams) (stream ?? new AnswerStream({ ...exchange, contentType })).end();
    else await reply.type(contentType).send(Buffer.concat(pieces));
  } catch (error) {
    if (stream === undefined) throw error;
    // Nobody is there to be told.
    if (signal.aborted) return;
    const failure = failStream(request, failing, toWeirError(error));
    // What was cut off ends here, so that the error is read as a frame of its own.
    stream.end(endsFrame(last, dialect.streamType) ? failure : Buffer.concat([Buffer.from("\n\n"), failure]));
  } finally {
    pings.remove(pinged);
  }
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Whether bytes end where a frame does: server-sent events with an empty line, lines of JSON with a line's end. */
function endsFrame(bytes: Uint8Array | undefined, streamType: string): boolean {
  if (bytes === undefined) return true;
  if (bytes.at(-1) !== newline) return false;
  if (streamType !== "text/event-stream") return true;
  const before = bytes.at(-2);
  return before === newline || (before === carriageReturn && bytes.at(-3) === newline);
}
