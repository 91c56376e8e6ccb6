import { chatDialects, WeirError } from "@weir/protocol";
import type { PassedChat, PassedStream } from "../models/chat-backend.ts";
import { AnswerGarbage } from "./answer-garbage.ts";
import type { AnswerHead } from "./answer-reader.ts";
import type { AnswerReading } from "./answer-reading.ts";
import { AnswerTail } from "./answer-tail.ts";
import { BodyParts } from "./ask-whole.ts";
import { FrameGate } from "./frame-gate.ts";
import type { UpstreamDialect } from "./upstream-target.ts";

const longestQuote = 60;

/** Hands a stream's frames on as they come. Nothing is said to the client before the first of them is here. */
export function passStream(
  dialect: UpstreamDialect,
  to: PassedStream,
  { header }: AnswerHead,
): AnswerReading<PassedChat> {
  checkCoding(header);
  const gate = new FrameGate(dialect === "ollama" ? "ndjson" : "sse");
  const tail = new AnswerTail(dialect);
  const contentType = readType(header) ?? chatDialects[dialect].streamType;
  let begun = false;
  const hand = (frames: Uint8Array, framed?: Uint8Array): void => {
    if (!begun) {
      checkStart(dialect, frames);
      begun = true;
      to.onHead({ contentType });
    }
    tail.push(frames);
    to.onBytes(frames, framed);
  };
  return {
    get begun() {
      return begun;
    },
    onBody(bytes, framed) {
      const frames = gate.push(bytes);
      if (frames !== undefined) hand(frames, frames === bytes ? framed : undefined);
    },
    finish(closed) {
      const rest = gate.takeHeld();
      // Some servers leave the last line break out.
      if (closed && rest.length > 0 && !(begun && tail.hasEnd(false))) {
        const ending = new AnswerTail(dialect);
        ending.push(rest);
        if (ending.hasEnd(closed)) hand(rest);
        else if (!begun) checkStart(dialect, rest);
      }
      return begun && (tail.hasEnd(closed) || tail.hasError()) ? tail.readUsage() : undefined;
    },
  };
}

/** Hands an answer in one piece on when it is whole. */
export function passWhole(
  dialect: UpstreamDialect,
  to: PassedStream,
  { header }: AnswerHead,
): AnswerReading<PassedChat> {
  checkCoding(header);
  const parts = new BodyParts();
  let begun = false;
  return {
    get begun() {
      return begun;
    },
    onBody: (bytes) => parts.push(bytes),
    finish(closed) {
      if (!closed) return undefined;
      const body = parts.join();
      const text = body.toString("latin1").trim();
      if (!text.startsWith("{") || !text.endsWith("}")) throw invalid("a JSON object", body);
      begun = true;
      to.onHead({ contentType: readType(header) ?? "application/json" });
      to.onBytes(body);
      const tail = new AnswerTail(dialect);
      tail.push(body);
      return tail.readUsage();
    },
  };
}

/** Bytes that are handed on have to be those of the answer. */
export function checkCoding(header: AnswerHead["header"]): void {
  const coding = header("content-encoding");
  if (coding === undefined || coding === "identity") return;
  throw new AnswerGarbage(`compressed its answer (${coding}), which was not asked for`);
}

/** Undefined for one that could not be sent on. */
function readType(header: AnswerHead["header"]): string | undefined {
  const type = header("content-type");
  return type !== undefined && /^[\x20-\x7e]+$/.test(type) ? type : undefined;
}

function checkStart(dialect: UpstreamDialect, frames: Uint8Array): void {
  const start = Buffer.from(frames.subarray(0, 256)).toString("latin1").trimStart();
  const fits = dialect === "ollama" ? /^\{/ : /^(?:\xEF\xBB\xBF)?(?:data|event|id|retry|:)/;
  if (fits.test(start)) return;
  throw invalid(dialect === "ollama" ? "lines of JSON" : "server-sent events", frames);
}

function invalid(expected: string, got: Uint8Array): WeirError {
  const quote = JSON.stringify(Buffer.from(got.subarray(0, longestQuote)).toString());
  const message = `expected ${expected}, got ${got.length} bytes that start with ${quote}`;
  return new WeirError("TARGET_ANSWER_INVALID", message);
}
