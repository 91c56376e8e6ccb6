import type { CachePlan } from "@weir/load";
import type { EmbeddingDialectName } from "@weir/protocol";

/** What was sent. Contents are described, not repeated. */
export type RecordedWorkload = RecordedEmbeddings | RecordedHttp | RecordedUpload;

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
