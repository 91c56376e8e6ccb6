import type { KvType } from "@weir/engine";
import type { NativeContext } from "./addon.ts";

/** What a context is made for. */
export interface ContextTerms {
  readonly threads: number;
  /** Of one sequence. */
  readonly contextTokens: number;
  readonly sequences: number;
  readonly kvType: KvType;
  /** Most tokens of one batch. */
  readonly chunkTokens: number;
  /** Memory that its keys and values take. */
  readonly kvBytes: number;
}

export interface LlamaContextOwner extends AsyncDisposable {
  readonly native: NativeContext;
}
