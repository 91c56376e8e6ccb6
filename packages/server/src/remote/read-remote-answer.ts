import {
  countInputs,
  embeddingDialects,
  findInputTokens,
  truncatedInputsHeader,
  WeirError,
  type EmbeddingDialectName,
  type EmbeddingRequest,
  type VectorBlock,
} from "@weir/protocol";
import type { RemoteAnswer } from "./remote-connection.ts";

export interface ReadAnswer {
  readonly vectors: VectorBlock;
  /** Undefined where the server does not count. */
  readonly inputTokens: number | undefined;
  readonly truncated: number;
}

/** The vectors of a 200. Throws TARGET_ANSWER_INVALID with what was expected and what came. */
export function readRemoteAnswer(
  request: EmbeddingRequest,
  answer: RemoteAnswer,
  dialect: EmbeddingDialectName,
): ReadAnswer {
  checkCoding(answer);
  const received = embeddingDialects[dialect].parseResponse(answer.body);
  const { vectors } = received;
  const count = countInputs(request.inputs);
  if (vectors.count !== count) throw invalid(`expected ${count} vectors, got ${vectors.count}`);
  if (request.normalize) normalizeRows(vectors);
  return {
    vectors,
    inputTokens: received.inputTokens ?? readCount(answer, "x-compute-tokens"),
    truncated: received.truncated ?? readTruncated(answer) ?? 0,
  };
}

/** What is known of an answer that goes to the client as it is. Its vectors are not looked at, its outside is. */
export function inspectPassedAnswer(answer: RemoteAnswer): Pick<ReadAnswer, "inputTokens" | "truncated"> {
  checkCoding(answer);
  const { body } = answer;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const first = text.toString("latin1", 0, 64).trimStart()[0];
  const last = text
    .toString("latin1", Math.max(0, text.length - 64))
    .trimEnd()
    .at(-1);
  if (!(first === "{" && last === "}") && !(first === "[" && last === "]")) {
    const got = JSON.stringify(text.toString("utf8", 0, 60));
    throw invalid(`expected a JSON body, got ${text.length} bytes that start with ${got}`);
  }
  return {
    inputTokens: findInputTokens(body) ?? readCount(answer, "x-compute-tokens"),
    truncated: readTruncated(answer) ?? 0,
  };
}

function readTruncated(answer: RemoteAnswer): number | undefined {
  return readCount(answer, truncatedInputsHeader);
}

/** TEI counts tokens in a header. */
function readCount({ header }: RemoteAnswer, name: string): number | undefined {
  const text = header(name);
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function checkCoding({ header }: RemoteAnswer): void {
  const coding = header("content-encoding");
  if (coding === undefined || coding === "identity") return;
  throw invalid(`expected a body that is not compressed, as asked for, got content-encoding ${coding}`);
}

/** Servers of these APIs differ in whether they scale; ours always do where they are asked to. */
function normalizeRows({ count, dimensions, values }: VectorBlock): void {
  for (let row = 0; row < count; row += 1) {
    const vector = values.subarray(row * dimensions, (row + 1) * dimensions);
    let squares = 0;
    for (const value of vector) squares += value * value;
    // What is of length 1 but for rounding stays as the model gave it.
    if (squares === 0 || Math.abs(squares - 1) < 1e-3) continue;
    const scale = 1 / Math.sqrt(squares);
    for (let column = 0; column < dimensions; column += 1) vector[column] = vector[column]! * scale;
  }
}

function invalid(message: string): WeirError {
  return new WeirError("TARGET_ANSWER_INVALID", message);
}
