import type { ModelInputs, ModelVectors, Pooling } from "@weir/protocol";

/** What an embedding model is, as its engine found it in the files. */
export interface EmbeddingModelInfo {
  /** Length of each vector. */
  readonly dimensions: number;
  /** Longest input in tokens, special tokens included. */
  readonly maxTokens: number;
  readonly vocabularySize: number;
  /** The model's own pooling, used where a request names none. */
  readonly pooling: Pooling;
  /** The lengths that its vectors may be cut to, ascending. Undefined where its files name none: any length then. */
  readonly matryoshkaDimensions?: readonly number[];
  /** What computes, e.g. `cpu`. */
  readonly device: string;
  /** Why it is not the device that would have been faster. Undefined where it is what was asked for. */
  readonly deviceFallback?: string;
  /** Number format of the weights, e.g. `float32`. */
  readonly precision: string;
  /** True for weights that Weir made from a seed: real cost, meaningless answers. */
  readonly reference: boolean;
  /** Bytes of the weights on disk. */
  readonly weightBytes: number;
  /** The kind of network, as the model's own files name it, e.g. `bert`. Undefined where they do not. */
  readonly architecture?: string;
  /**
   * Names of the scores, for a model that scores texts and pairs of texts instead of embedding: its vectors are then the
   * scores as the network gives them, `dimensions` is their number, and pooling and length are nobody's to choose.
   */
  readonly labels?: readonly string[];
}

/** What a model may be asked to run on. `auto` takes what this machine and this build of the engine have. */
export type Device = "auto" | "cpu" | "cuda" | "coreml" | "webgpu";

export const devices: readonly Device[] = ["auto", "cpu", "cuda", "coreml", "webgpu"];

/** Where a model is and how to run it. Plain JSON: it crosses a process border. */
export interface EmbeddingModelSpec {
  /** Absolute path of the model's folder. */
  readonly path: string;
  /** Threads of one operator. Whole number >= 1. @default the machine's cores */
  readonly threads?: number;
  /**
   * What to run it on. `auto` falls back to the CPU and says why in the model's info; an engine that cannot use a device
   * that was named does not start (DEVICE_UNAVAILABLE). @default "auto"
   */
  readonly device?: Device;
  /** Settings of one engine's own; an engine that knows none ignores them. */
  readonly options?: Readonly<Record<string, JsonValue>>;
}

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * Inputs as token ids, cut to the model's longest, without padding. Row i has `lengths[i]` ids; rows follow each
 * other in `tokenIds`.
 */
export interface PreparedInputs {
  readonly tokenIds: Int32Array;
  readonly lengths: Int32Array;
  /** How many rows were cut. */
  readonly truncated: number;
  /** Which rows were cut, in order. */
  readonly truncatedRows: readonly number[];
  /** Tokens at the start of every row that the model's pooling passes over: a prompt that does not count. @default 0 */
  readonly skippedTokens?: number;
  /**
   * Where rows are sequences: how many tokens at a row's start are of its first segment (type 0); the others are of the
   * second (type 1).
   */
  readonly firstLengths?: Int32Array;
}

/** Token ids and how to pool what the model says about them. */
export interface EmbeddingBatch {
  readonly tokenIds: Int32Array;
  readonly lengths: Int32Array;
  /** As in {@link PreparedInputs}. */
  readonly firstLengths?: Int32Array;
  /** `none`: the vectors of all tokens, one row's after the other's. */
  readonly pooling: Pooling | "none";
  readonly normalize: boolean;
  /** Leading values to keep; whole number from 1 to the model's dimensions. */
  readonly dimensions: number;
  /** As {@link PreparedInputs} has it. The first and the last token are pooled all the same. @default 0 */
  readonly skippedTokens?: number;
}

interface PrepareOptions {
  readonly truncate: boolean;
  readonly promptName?: string | undefined;
  /** Which of a request's inputs the first one is: messages count from there. @default 0 */
  readonly from?: number;
}

/**
 * The first half of an engine: turns inputs into token ids. It never blocks for long and never touches the native
 * library, so it can run in a thread of its own while the other half computes.
 */
export interface EmbeddingPreparer {
  /**
   * Throws INPUT_TOO_LONG where `truncate` is false, INVALID_REQUEST for a token id outside the vocabulary, EMPTY_INPUT
   * for a list of no tokens. The empty text is allowed: its row is the special tokens. `promptName` is as in an
   * EmbeddingRequest; INVALID_REQUEST where the model has no prompt of that name.
   */
  prepare(inputs: ModelInputs, options: PrepareOptions): PreparedInputs;
  /**
   * The tokens of a whole text with the prompt before it, not cut; with `special` those too that are added to it.
   * `promptName` is as in `prepare`.
   */
  tokenize(
    text: string,
    options: { readonly special: boolean; readonly promptName?: string | undefined },
  ): readonly TokenPiece[];
  /** The text of tokens; without `special` ones. Throws INVALID_REQUEST for an id outside the vocabulary. */
  decode(ids: readonly number[], special: boolean): string;
}

/** One token of a text, as TEI's /tokenize shows it. */
export interface TokenPiece {
  readonly id: number;
  /** The part of the text that it stands for; its own name where that cannot be told, or there is none. */
  readonly text: string;
  /** Whether it was added to the text. */
  readonly special: boolean;
  /** Where it begins and ends in the text, prompt included, in characters (code points); null as for `text`. */
  readonly start: number | null;
  readonly stop: number | null;
}

/** The second half: computes on the thread that it was made on, and may block it for as long as a batch takes. */
export interface EmbeddingComputer extends AsyncDisposable {
  readonly info: EmbeddingModelInfo;
  /**
   * One vector per row (or per token, with `rowLengths`, where pooling is `none`), in order; any number of rows, all computed at once: memory grows with rows x the longest row,
   * which `planBatches` bounds. Throws ENGINE_FAILED, also when a value is not finite. Row results do not depend on
   * the other rows beyond float rounding.
   */
  compute(batch: EmbeddingBatch): Promise<ModelVectors>;
}

/**
 * What an engine package exports. A replica imports it by module address in two threads: the preparer lives in the
 * one, the computer in the other.
 */
export interface EmbeddingEngineModule {
  /** Throws MODEL_INVALID with the file's name where the folder is incomplete or damaged. */
  createEmbeddingPreparer(spec: EmbeddingModelSpec): Promise<EmbeddingPreparer>;
  /** Loads the weights; throws MODEL_INVALID with the file's name. */
  createEmbeddingComputer(spec: EmbeddingModelSpec): Promise<EmbeddingComputer>;
}
