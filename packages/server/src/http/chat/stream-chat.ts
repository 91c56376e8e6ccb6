import { toWeirError, type ChatEvent, type ChatStreamEncoder } from "@weir/protocol";
import { AnswerStream } from "./answer-stream.ts";
import type { ReadChatExchange } from "./answer-chat.ts";
import { ChatWork } from "./chat-work.ts";
import { failStream } from "./fail-stream.ts";
import type { PingedStream } from "./stream-pings.ts";

const nothing = new Uint8Array(0);

/**
 * Answers as a stream, whose head goes out with the model's first events, or when it has computed for a while without any.
 * Until then it throws as `answerChat`.
 */
export async function streamChat(exchange: ReadChatExchange): Promise<void> {
  const { dialect, delivery, pings, request, signal } = exchange;
  const stream = new AnswerStream({ ...exchange, contentType: dialect.streamType });
  const work = new ChatWork(exchange);
  let encoder: ChatStreamEncoder | undefined;
  /** What comes with the end, so that both are one write. */
  let held: readonly ChatEvent[] = [];

  const pinged: PingedStream = {
    hasWritten: false,
    ping: () => stream.write(join([openOnce(), encoder?.ping() ?? nothing])),
  };

  /** What goes before everything else, the first time it is asked. */
  function openOnce(): Uint8Array {
    return stream.isOpen ? nothing : (encoder?.open() ?? nothing);
  }

  function encode(events: readonly ChatEvent[]): Uint8Array {
    const [first, ...others] = events;
    // As most are.
    if (stream.isOpen && first !== undefined && others.length === 0) return encoder!.encode(first);
    return join([openOnce(), ...events.map((event) => encoder!.encode(event))]);
  }

  try {
    const finish = await work.run(
      () => {
        const usage = delivery.kind === "stream" && delivery.usage;
        encoder = dialect.createStreamEncoder(work.head, { usage, nowMs: Date.now });
        pings.add(pinged);
      },
      (events, isLast) => {
        if (isLast) held = events;
        if (isLast || events.length === 0) return;
        pinged.hasWritten = true;
        stream.write(encode(events));
      },
    );
    stream.end(encode([...held, { kind: "finish", finish }]));
  } catch (error) {
    if (!stream.isOpen || encoder === undefined) throw error;
    // Nobody is there to be told.
    if (signal.aborted) return;
    stream.end(failStream(request, encoder, toWeirError(error)));
  } finally {
    pings.remove(pinged);
  }
}

function join(frames: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = frames.filter(({ length }) => length > 0);
  if (first === undefined) return nothing;
  return others.length === 0 ? first : Buffer.concat([first, ...others]);
}
