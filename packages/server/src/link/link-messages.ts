import { WeirError, type ErrorCode, type Pooling, type TokenWork } from "@weir/protocol";
import type { ChatMemoryStats, EmbeddingModelInfo, EmbeddingModelSpec } from "@weir/engine";

/** Raised when a frame's meaning changes; a replica of another version is refused at the handshake. */
export const linkVersion = 7;

export interface HelloMeta {
  readonly version: number;
  readonly pid: number;
}

export interface StartMeta<Spec = EmbeddingModelSpec> {
  /** Address of a module that is an engine of the replica's kind. */
  readonly engineModule: string;
  readonly spec: Spec;
  readonly spillDirectory: string;
}

export interface ReadyMeta<Info = EmbeddingModelInfo> {
  readonly info: Info;
}

/** The body of such a job is its inputs (see embedding-frames.ts). */
export interface EmbeddingJobMeta {
  readonly kind: "embed";
  readonly pooling: Pooling | "none";
  readonly normalize: boolean;
  readonly dimensions: number;
  readonly truncate: boolean;
  readonly promptName?: string;
  readonly inputs: "texts" | "tokens" | "sequences";
  /** Jobs of a lower number go first. */
  readonly rank: number;
  /** What the tokenizer alone is to do; the body of the only event is then what it gave, as JSON. */
  readonly tokenWork?: TokenWork;
  /** Bytes of events that may be under way before the first credit. */
  readonly creditBytes: number;
}

/** The body of such an event is rows of vectors (see embedding-frames.ts), or where nothing was pooled of tokens' vectors. */
export interface EmbeddingEventMeta {
  readonly dimensions: number;
}

export interface EmbeddingEndMeta {
  readonly inputTokens: number;
  readonly truncated: number;
  /** Tokens of each input, special tokens included, after truncation. */
  readonly rowTokens: readonly number[];
  /** Which inputs were cut, in order. */
  readonly truncatedRows: readonly number[];
  /** Time that turning the inputs into token ids took, in milliseconds. */
  readonly tokenizeMs: number;
  /** Time the engine itself took, in milliseconds, summed over the job's batches. */
  readonly computeMs: number;
  /** Of one that it shared with other jobs, its part by rows. */
  readonly batches: number;
  /** Tokens of those batches with padding. */
  readonly paddedTokens: number;
}

/** The link thread's answer to a ping: it lives, and this is how the rest of the process is. */
export interface PongMeta {
  /** Resident memory of the whole process. */
  readonly rssBytes: number;
  /** How long the engine has been at its batch, in milliseconds; 0 where it has none. */
  readonly busyMs: number;
  /** How long that batch should take by what the engine took until now; undefined before it computed anything. */
  readonly expectedMs: number | undefined;
  /** What a chat model remembers. */
  readonly memory?: ChatMemoryStats;
}

export interface CreditMeta {
  readonly bytes: number;
}

export interface ErrorMeta {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field: string | undefined;
}

export function toErrorMeta(error: WeirError): ErrorMeta {
  return { code: error.code, message: error.message, field: error.field };
}

export function fromErrorMeta(meta: ErrorMeta): WeirError {
  return new WeirError(meta.code, meta.message, meta.field === undefined ? {} : { field: meta.field });
}
