import type { CachePlan, ChatTurns } from "@weir/load";
import type { ChatDialectName, EmbeddingDialectName } from "@weir/protocol";

/** What was sent. Contents are described, not repeated. */
export type RecordedWorkload = RecordedSingleWorkload | RecordedMixed;

export type RecordedSingleWorkload =
  | RecordedEmbeddings
  | RecordedChat
  | RecordedHttp
  | RecordedUpload
  | RecordedScenario;

interface RecordedEmbeddings {
  readonly kind: "embeddings";
  /** `auto` only where the target was never identified. */
  readonly dialect: EmbeddingDialectName | "auto";
  readonly model: string | null;
  readonly texts: {
    readonly source: string;
    readonly count: number;
    /** Lengths in characters, a cache-buster not counted. */
    readonly characters: { readonly min: number; readonly mean: number; readonly max: number };
    /** The same for the same texts in the same order. */
    readonly hash: string;
  };
  /** Texts in one request. */
  readonly batch: number;
  /**
   * `busted`: every text begins with a word of 8 characters, counted up from `start`, and a space. `start` is null
   * for a warm cache and where nothing was sent.
   */
  readonly cache: { readonly kind: CachePlan["kind"]; readonly start: string | null };
}

interface RecordedChat {
  readonly kind: "chat";
  /** `auto` only where the target was never identified. */
  readonly dialect: ChatDialectName | "auto";
  readonly model: string | null;
  readonly stream: boolean;
  readonly prompts: {
    readonly source: string;
    readonly count: number;
    /** Messages of a prompt, and characters of all of its texts together, a cache-buster not counted. */
    readonly messages: { readonly min: number; readonly mean: number; readonly max: number };
    readonly characters: { readonly min: number; readonly mean: number; readonly max: number };
    /** The same for the same prompts in the same order. */
    readonly hash: string;
  };
  /** Longest answer in tokens where a prompt says nothing else; null leaves it to the server. */
  readonly maxTokens: number | null;
  readonly temperature: number;
  readonly ignoreEos: boolean;
  /** E.g. `chunks>2`; null where answers are not held to one. */
  readonly check: string | null;
  readonly turns: RecordedTurns;
  /** As for embeddings: one word in front of every prompt. */
  readonly cache: RecordedEmbeddings["cache"];
}

/** Tools by their names. `hash` is the same for the same tools in the same order. */
type RecordedTurns =
  | Extract<ChatTurns, { readonly kind: "single" }>
  | {
      readonly kind: "tools";
      readonly toolTurns: number;
      readonly tools: readonly string[];
      readonly hash: string;
    }
  | { readonly kind: "conversation"; readonly rounds: number; readonly agentHeader: string | null };

interface RecordedHttp {
  readonly kind: "http";
  readonly methods: readonly string[];
  /** Different requests that users went through. */
  readonly requests: number;
  /** Statuses of good answers. */
  readonly expect: string;
  /** The same for the same requests in the same order; of a body from a file its path and size. */
  readonly hash: string;
}

interface RecordedUpload {
  readonly kind: "upload";
  readonly form: "multipart" | "raw";
  /** Other fields of the form; absent where there are none. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Whether users took the files from one list; absent where each went through all of them. */
  readonly inTurn?: true;
  /** Without its query. */
  readonly path: string;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** Statuses of good answers. */
  readonly expect: string;
  /** The same for the same files (by path and size) in the same order. */
  readonly hash: string;
}

interface RecordedScenario {
  readonly kind: "scenario";
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** Names of its kinds of requests; empty where they are not told apart. */
  readonly steps: readonly string[];
  /** Of the file's text; what the file imports is not in it. */
  readonly hash: string;
}

interface RecordedMixed {
  readonly kind: "mixed";
  readonly parts: readonly {
    readonly name: string;
    /** Share of turns, relative to the others. */
    readonly weight: number;
    readonly workload: RecordedSingleWorkload;
  }[];
}
